// Carries operations on many jobs out, each in its turn and step by step. After each step there is
// a rest, longer when others want the writer: whoever hands over a job or settles one hardly
// notices.

import type { BulkOrder } from '../../job/bulk-request.ts';
import { limits } from '../../limits.ts';
import type { BulkProgress, BulkRow, Found, JobRow } from '../../store/store.ts';
import { later, type Node } from '../node.ts';
import { act } from './bulk-step.ts';

/** Looks that found nothing to do are written down after this many at the latest. */
const LOOKS = 100;
const LEAST_REST_MS = 5;

/** An operation as it stands here, which may be a few fruitless looks ahead of the disk. */
interface Running {
  bulk: BulkRow;
  readonly order: BulkOrder;
  looks: number;
  /** Where the last look ended. */
  toSeq: number;
  progress: BulkProgress;
}

export class BulkRunner {
  readonly #node: () => Node;
  readonly #running = new Map<string, Running>();
  #isUnderWay = false;

  constructor(node: () => Node) {
    this.#node = node;
  }

  get size(): number {
    return this.#running.size;
  }

  /** Goes on with what an earlier process began. */
  async resume(): Promise<void> {
    const { store } = this.#node();
    const bulks = await store.bulks({ isRunning: true, limit: limits.bulksRunning });
    for (const bulk of bulks.toReversed()) this.add(bulk);
  }

  add(bulk: BulkRow): void {
    if (this.#running.has(bulk.id)) return;
    const order = JSON.parse(bulk.request) as BulkOrder;
    const { cursor: toSeq, progress } = bulk;
    this.#running.set(bulk.id, { bulk, order, looks: 0, toSeq, progress });
    if (!this.#isUnderWay) void this.#run();
  }

  /** It has ended on disk. */
  drop(id: string): void {
    this.#running.delete(id);
  }

  async #run(): Promise<void> {
    this.#isUnderWay = true;
    const node = this.#node();
    while (this.#running.size > 0 && !node.isStopping) {
      for (const running of [...this.#running.values()]) {
        if (node.isStopping) break;
        await this.#rest(await this.#turn(running));
      }
    }
    this.#isUnderWay = false;
  }

  /** One step; how long to rest after it. */
  async #turn(running: Running): Promise<number> {
    const node = this.#node();
    const beganAt = node.clock.now();
    try {
      await this.#step(running);
    } catch (error) {
      if (node.isStopping) return 0;
      const detail = { bulkId: running.bulk.id, error: String(error) };
      node.log('error', 'An operation on many jobs waits for the store', detail);
      return limits.sleepMs;
    }
    const isBusy = node.admission.jobs > 0;
    const tookMs = Math.max(0, node.clock.now() - beganAt);
    return LEAST_REST_MS + tookMs * (isBusy ? limits.bulkRestBusy : limits.bulkRest);
  }

  #rest(restMs: number): Promise<void> {
    return new Promise((resolve) => later(this.#node(), restMs, resolve));
  }

  async #step(running: Running): Promise<void> {
    const node = this.#node();
    const { bulk, order } = running;
    if (!this.#running.has(bulk.id)) return;
    const { meant: filter } = order;
    const place = { afterSeq: running.toSeq, belowSeq: bulk.belowSeq };
    const found = await node.store.find({ filter, ...place, limit: limits.bulkStepJobs });
    const jobs = found.jobs.filter(({ settledAt }) => isOfBefore(settledAt, bulk.createdAt));
    const progress = looked(running.progress, found, jobs);
    if (jobs.length === 0 && !found.isEnd && ++running.looks < LOOKS) {
      Object.assign(running, { toSeq: found.toSeq, progress });
      return;
    }
    await this.#write(running, { found, jobs, progress });
  }

  async #write(
    running: Running,
    {
      found,
      jobs,
      progress,
    }: {
      readonly found: Found;
      readonly jobs: readonly JobRow[];
      readonly progress: BulkProgress;
    },
  ): Promise<void> {
    const node = this.#node();
    const { id, cursor: fromSeq } = running.bulk;
    const end = found.isEnd ? { end: endAt(node) } : {};
    const place = { id, fromSeq, toSeq: found.toSeq, ...end };
    const stepped = await act(node, { order: running.order, jobs, place, progress });
    if (stepped === undefined) return this.drop(id);
    const { bulk } = stepped;
    Object.assign(running, { bulk, looks: 0, toSeq: bulk.cursor, progress: bulk.progress });
    if (bulk.state === 'running') return;
    this.drop(id);
    announceEnd(node, bulk);
  }
}

export function endAt(node: Node): { readonly at: number; readonly pruneAt: number } {
  const at = node.clock.now();
  return { at, pruneAt: at + limits.keepBulkMs };
}

export function announceEnd(node: Node, { id, progress }: BulkRow): void {
  const at = node.clock.now();
  node.events.emit({ type: 'bulk.ended', at, bulkId: id, count: progress.done });
}

/** What settled after the beginning is another end than the one that was meant. */
function isOfBefore(settledAt: number | null, createdAt: number): boolean {
  return settledAt === null || settledAt <= createdAt;
}

function looked(before: BulkProgress, found: Found, jobs: readonly JobRow[]): BulkProgress {
  return {
    ...before,
    looked: before.looked + found.looked,
    matched: before.matched + jobs.length,
  };
}
