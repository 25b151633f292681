// What an operation does with the next few jobs. What memory knows of them (in line, under way)
// decides what is asked of the store; the store does it, and moves the place where the operation
// stands, in one commit, and leaves alone what has changed meanwhile.

import { SendoffError } from '../../errors.ts';
import type { BulkOrder } from '../../job/bulk-request.ts';
import { resentJob } from '../../job/resend.ts';
import type { BulkProgress, BulkStep, BulkStepped, JobRow, ReopenSeen } from '../../store/store.ts';
import { isUnderWay } from '../attempts/held-job.ts';
import type { Node } from '../node.ts';
import { unparkQueue } from '../settings/pause.ts';
import { relearn } from '../turns/order.ts';
import { cancel, removeWaiting } from './cancel.ts';
import { copyOf, sendOnItsWay, sourceOf } from './resend.ts';
import { spanOf } from './retry.ts';

/** The jobs of one step, and what is known of the progress before it. */
export interface Portion {
  readonly order: BulkOrder;
  readonly jobs: readonly JobRow[];
  readonly place: Pick<BulkStep, 'id' | 'fromSeq' | 'toSeq' | 'end'>;
  readonly progress: BulkProgress;
}

type Act = (node: Node, portion: Portion, tally: Tally) => Promise<BulkStepped | undefined>;

/** Undefined: the operation has ended meanwhile, and nothing was done. */
export function act(node: Node, portion: Portion): Promise<BulkStepped | undefined> {
  return acts[portion.order.action](node, portion, new Tally(portion.progress));
}

/** Counts what does not come to the store. */
class Tally {
  readonly #progress: BulkProgress;
  readonly #skipped: Record<string, number>;
  readonly #failed: Record<string, number>;
  #done: number;

  constructor(progress: BulkProgress) {
    this.#progress = progress;
    this.#done = progress.done;
    this.#skipped = { ...progress.skipped };
    this.#failed = { ...progress.failed };
  }

  done(): void {
    this.#done++;
  }

  skip(why: string): void {
    this.#skipped[why] = (this.#skipped[why] ?? 0) + 1;
  }

  fail(code: string): void {
    this.#failed[code] = (this.#failed[code] ?? 0) + 1;
  }

  progress(): BulkProgress {
    const counts = { done: this.#done, skipped: this.#skipped, failed: this.#failed };
    return { ...this.#progress, ...counts };
  }
}

const nothing = { reopens: [], cancels: [], resends: [] } as const;

const retryAll: Act = async (node, { jobs, place }, tally) => {
  const now = node.clock.now();
  const reopens: ReopenSeen[] = [];
  const rows: JobRow[] = [];
  for (const row of jobs) {
    const held = node.window.at(row.seq);
    const { seq, settledAt, attempts } = row;
    if (held && isUnderWay(held)) tally.skip('running');
    else if (held?.phase === 'ready' || isDue(row, now)) tally.skip('due');
    else {
      const seen = { settledAt, attempts };
      reopens.push({ seq, runAt: now, expiresAt: now + spanOf(row), seen });
      rows.push(row);
    }
  }
  const step = { ...place, ...nothing, reopens, progress: tally.progress() };
  const stepped = await node.store.stepBulk(step);
  await goOn(
    node,
    rows.filter((_, index) => stepped?.reopened[index]),
    now,
  );
  return stepped;
};

/** What each single retry does after its commit. */
async function goOn(node: Node, rows: readonly JobRow[], now: number): Promise<void> {
  for (const { id, queue, settledAt } of rows) {
    if (settledAt === null) continue;
    node.events.emit({ type: 'job.reopened', at: now, jobId: id, queue });
  }
  for (const queue of new Set(rows.map((row) => row.queue))) {
    relearn(node.scheduler, queue);
    node.due(now, queue);
  }
  for (const row of rows) await unparkQueue(node, row);
  node.wake();
}

function isDue({ state, runAt }: JobRow, now: number): boolean {
  return state === 'pending' && runAt <= now;
}

/** What is under way is cut off before: its end is a commit of its own. */
const cancelAll: Act = async (node, { order, jobs, place }, tally) => {
  const { states } = order.meant;
  const [running, waiting] = parted(jobs, ({ seq }) => isUnderWay(node.window.at(seq)));
  if (states.includes('running')) {
    await Promise.all(running.map((row) => cutOff(node, row.id, tally)));
  } else for (const _ of running) tally.skip('running');
  if (!states.includes('pending')) for (const _ of waiting) tally.skip('waiting');
  const rows = states.includes('pending') ? waiting : [];
  let stepped: BulkStepped | undefined;
  await removeWaiting(node, rows, async (cancels) => {
    const step = { ...place, ...nothing, cancels, progress: tally.progress() };
    stepped = await node.store.stepBulk(step);
    return stepped?.cancelled.map((isDone) => (isDone ? 'cancelled' : 'already_final'));
  });
  return stepped;
};

async function cutOff(node: Node, id: string, tally: Tally): Promise<void> {
  try {
    const { cancelled } = await cancel(node, id);
    if (cancelled === 'too-late') tally.skip('changed');
    else tally.done();
  } catch (error) {
    if (!(error instanceof SendoffError)) throw error;
    tally.skip('changed');
  }
}

const resendAll: Act = async (node, { order, jobs, place }, tally) => {
  const { edits = {} } = order;
  const now = node.clock.now();
  const resends = jobs.flatMap((row) => {
    try {
      return [copyOf(node, row, resentJob(sourceOf(row), edits, { now }))];
    } catch (error) {
      if (!(error instanceof SendoffError)) throw error;
      tally.fail(error.code);
      return [];
    }
  });
  const step = { ...place, ...nothing, resends, progress: tally.progress() };
  const stepped = await node.store.stepBulk(step);
  for (const [index, isStored] of (stepped?.resent ?? []).entries()) {
    const resend = resends[index];
    if (isStored && resend) sendOnItsWay(node, resend);
  }
  node.wake();
  return stepped;
};

const acts: Readonly<Record<BulkOrder['action'], Act>> = {
  retry: retryAll,
  cancel: cancelAll,
  resend: resendAll,
};

function parted<Item>(items: readonly Item[], isFirst: (item: Item) => boolean): [Item[], Item[]] {
  const parts: [Item[], Item[]] = [[], []];
  for (const item of items) parts[isFirst(item) ? 0 : 1].push(item);
  return parts;
}
