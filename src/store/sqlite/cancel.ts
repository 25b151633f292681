// Makes waiting jobs final. Whether a job is under way is its owner's knowledge: one that is, is
// aborted and settled, not cancelled here.

import type { CancelledWaiting, CancelWaiting } from '../store.ts';
import type { Bodies } from './body.ts';
import type { Database } from './driver.ts';
import { finisher } from './final.ts';

export function canceller(
  database: Database,
  bodies: Bodies,
): (cancels: readonly CancelWaiting[]) => CancelledWaiting[] {
  const finish = finisher(database, bodies);
  const select = database.prepare(`
    select (select attempt from todo where seq = ?1), exists (select 1 from done where seq = ?1)
    from job where seq = ?1`);

  const cancel = ({ seq, final }: CancelWaiting): CancelledWaiting => {
    const row = select.get<readonly [attempt: number | null, isDone: number]>(seq);
    if (row === undefined) return 'not_found';
    if (row[1] === 1) return 'already_final';
    const reason = final.reason ?? null;
    const clock = final.clock ?? null;
    const attempts = (row[0] ?? 1) - 1;
    finish({ seq, attempts, final: { ...final, reason, clock, response: null } });
    return 'cancelled';
  };
  return (cancels) => cancels.map(cancel);
}
