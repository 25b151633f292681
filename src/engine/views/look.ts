// Looking things up: one job, its attempts, its answer; waiting for it to settle.

import type { AttemptView, JobView } from '../../sendoff.ts';
import type { JobRow } from '../../store/store.ts';
import { isUnderWay } from '../attempts/held-job.ts';
import type { Answer } from '../engine.ts';
import type { Node } from '../node.ts';
import { attemptView, viewOf } from './view.ts';

export async function get(node: Node, id: string): Promise<JobView | undefined> {
  const [row] = await node.store.get([id]);
  return row && viewOf(row, node.window.find(id), node);
}

export async function attempts(
  node: Node,
  id: string,
): Promise<readonly AttemptView[] | undefined> {
  const [row] = await node.store.get([id]);
  if (!row) return undefined;
  const ended = (await node.store.attempts(row.seq)).map(attemptView);
  const held = node.window.find(id);
  if (!held || !isUnderWay(held) || ended.some(({ number }) => number === held.attempt))
    return ended;
  const startedAt = new Date(held.startedAt).toISOString();
  return [...ended, { number: held.attempt, startedAt, result: 'running' }];
}

export async function answer(node: Node, id: string): Promise<Answer> {
  const [row] = await node.store.get([id]);
  return row ? answerTo(node, row) : { kind: 'unknown' };
}

/** The answer of a job that has been looked up. */
export async function answerTo(node: Node, row: JobRow): Promise<Answer> {
  const job = viewOf(row, node.window.find(row.id), node);
  if (row.state === 'pending') return { kind: 'waiting', job };
  if (row.isResponsePruned) return { kind: 'pruned', job };
  const response = row.response && (await node.store.response(row.seq));
  if (!response) return { kind: row.response ? 'pruned' : 'none', job };
  const { body, bodyId } = response;
  const read = () => (bodyId === null ? whole(body) : node.store.readBody(bodyId));
  return { kind: 'answer', job, state: row.state, response, read };
}

async function* whole(body: Uint8Array | null): AsyncIterable<Uint8Array> {
  if (body && body.byteLength > 0) yield body;
}

/** Resolves with the settled job, or with undefined when the wait is over before. */
export async function settled(
  node: Node,
  id: string,
  options: { readonly timeoutMs: number; readonly signal?: AbortSignal },
): Promise<JobView | undefined> {
  const wait = startWait(node, id, options);
  try {
    const job = await get(node, id);
    if (!job || isSettled(job)) return job;
    await wait.over;
    const later = await get(node, id);
    return later && isSettled(later) ? later : undefined;
  } finally {
    wait.stop();
  }
}

function isSettled(job: JobView): boolean {
  return job.state !== 'pending' && job.state !== 'running';
}

/** Begins before the first look, so that nothing can settle unseen in between. */
function startWait(
  node: Node,
  id: string,
  { timeoutMs, signal }: { readonly timeoutMs: number; readonly signal?: AbortSignal },
): { readonly over: Promise<void>; readonly stop: () => void } {
  let end: () => void = () => {};
  const over = new Promise<void>((resolve) => {
    end = resolve;
  });
  const forget = node.waiters.add(id, end);
  const stopTimer = node.clock.after(timeoutMs, end);
  signal?.addEventListener('abort', end, { once: true });
  if (signal?.aborted) end();
  const stop = (): void => {
    forget();
    stopTimer();
    signal?.removeEventListener('abort', end);
  };
  return { over, stop };
}
