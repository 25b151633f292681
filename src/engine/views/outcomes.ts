// Follows several jobs at once until they are settled. Settling itself says when to look, and one
// look asks for all that have settled since the last.

import type { Answer, Engine, JobOutcome } from '../engine.ts';
import type { Node } from '../node.ts';
import { answerTo } from './look.ts';

/** Jobs of one look: their answers are in memory together. */
const AT_A_TIME = 100;

type Options = Parameters<Engine['outcomes']>[1];

export async function* outcomes(
  node: Node,
  ids: readonly string[],
  options: Options,
): AsyncGenerator<readonly JobOutcome[]> {
  const watch = new Watch(node, ids, options);
  try {
    for (let look = watch.take(); ; look = watch.take()) {
      for (let at = 0; at < look.length; at += AT_A_TIME) {
        const settled = await settledAmong(node, look.slice(at, at + AT_A_TIME));
        for (const { id } of settled) watch.done(id);
        if (settled.length > 0) yield settled;
      }
      if (!(await watch.more())) return;
    }
  } finally {
    watch.stop();
  }
}

async function settledAmong(node: Node, ids: readonly string[]): Promise<JobOutcome[]> {
  const rows = await node.store.get(ids);
  const found = rows.map(async (row, index): Promise<JobOutcome | undefined> => {
    const id = ids[index] as string;
    if (row === undefined) return { id, answer: { kind: 'unknown' } };
    if (row.state === 'pending') return undefined;
    const answer = await answerTo(node, row);
    return { id, answer, ...(await errorOf(node, answer, row.seq)) };
  });
  return (await Promise.all(found)).filter((outcome) => outcome !== undefined);
}

async function errorOf(
  node: Node,
  answer: Answer,
  seq: number,
): Promise<Pick<JobOutcome, 'error' | 'detail'>> {
  if (answer.kind === 'unknown' || answer.job.state !== 'failed') return {};
  const last = (await node.store.attempts(seq)).at(-1);
  return {
    ...(last?.error !== undefined && { error: last.error }),
    ...(last?.detail !== undefined && { detail: last.detail }),
  };
}

/** Which jobs are worth a look. Listens before the first look, so that nothing settles unseen. */
class Watch {
  readonly #node: Node;
  readonly #forget = new Map<string, () => void>();
  readonly #stopTimer: () => void;
  readonly #signal: AbortSignal | undefined;
  readonly #onOver = (): void => this.#end();
  #ready: Set<string>;
  #isOver = false;
  #wake: () => void = () => {};

  constructor(node: Node, ids: readonly string[], { timeoutMs, signal }: Options) {
    this.#node = node;
    this.#ready = new Set(ids);
    for (const id of this.#ready) this.#listen(id);
    this.#stopTimer =
      timeoutMs === undefined ? () => {} : node.clock.after(timeoutMs, this.#onOver);
    this.#signal = signal;
    signal?.addEventListener('abort', this.#onOver);
    if (signal?.aborted) this.#end();
  }

  /** What settled since the last look; the first time, everything. */
  take(): readonly string[] {
    const ready = [...this.#ready];
    this.#ready = new Set();
    // A stale attempt wakes its waiters too, and is not the end.
    for (const id of ready) if (!this.#forget.has(id)) this.#listen(id);
    return ready;
  }

  done(id: string): void {
    this.#forget.get(id)?.();
    this.#forget.delete(id);
    this.#ready.delete(id);
  }

  /** False when nothing more will come, or nobody wants it. */
  async more(): Promise<boolean> {
    const isLeft = (): boolean => this.#forget.size + this.#ready.size > 0;
    const isDone = (): boolean => this.#isOver || this.#node.waiters.isOver || !isLeft();
    if (!isDone() && this.#ready.size === 0) {
      await new Promise<void>((resolve) => (this.#wake = resolve));
    }
    return this.#ready.size > 0 || !isDone();
  }

  stop(): void {
    for (const forget of this.#forget.values()) forget();
    this.#stopTimer();
    this.#signal?.removeEventListener('abort', this.#onOver);
  }

  #listen(id: string): void {
    const forget = this.#node.waiters.add(id, () => {
      this.#forget.delete(id);
      this.#ready.add(id);
      this.#wake();
    });
    this.#forget.set(id, forget);
  }

  #end(): void {
    this.#isOver = true;
    this.#wake();
  }
}
