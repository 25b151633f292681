// Hands jobs over again, as other jobs with the same bodies. A small body is copied with its row; a
// large one is shared, and goes when the last job that has it goes.

import type { Resend, Resent } from '../bulk.ts';
import type { AppendResult, NewJob } from '../store.ts';
import type { Bodies } from './body.ts';
import type { Database } from './driver.ts';

export type Resender = (resends: readonly Resend[]) => Resent[];

type BodyRow = readonly [body: Uint8Array | null, bodyId: number | null, bodyBytes: number];

export function resender(
  database: Database,
  bodies: Bodies,
  append: (jobs: readonly NewJob[]) => AppendResult | undefined,
): Resender {
  const select = database.prepare('select body, bodyId, bodyBytes from job where seq = ?');

  const resend = ({ fromSeq, job }: Resend): Resent => {
    const row = select.get<BodyRow>(fromSeq);
    if (row === undefined) return { kind: 'not_found' };
    const [body, bodyId, bodyBytes] = row;
    const result = append([{ ...job, body, bodyId, bodyBytes }]);
    if (result?.kind === 'mismatch') return { kind: 'mismatch', id: result.id };
    const [repeated] = result?.kind === 'appended' ? result.jobs : [];
    if (repeated?.kind === 'duplicate') return repeated;
    if (bodyId !== null) bodies.share(bodyId);
    return { kind: 'stored' };
  };
  return (resends) => resends.map(resend);
}
