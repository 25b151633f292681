// Starts due jobs while there are free slots: names them in the in-flight file in one write, then
// sends each on its way. Called after every change that may free a slot or bring a job; costs
// nothing when idle.

import { deliver } from './deliver.ts';
import { expireHeld } from './expire.ts';
import type { HeldJob } from './held-job.ts';
import type { Node } from './node.ts';
import { refill } from './refill.ts';

/** A wake-up that many callers of one turn share. */
export function createWake(getNode: () => Node): () => void {
  let isWoken = false;
  return () => {
    if (isWoken) return;
    isWoken = true;
    queueMicrotask(() => {
      isWoken = false;
      dispatch(getNode());
    });
  };
}

export function dispatch(node: Node): void {
  if (!node.isDispatching) return;
  const now = node.clock.now();
  const starting: HeldJob[] = [];
  while (node.scheduler.running < node.attemptsAtOnce) {
    const job = node.scheduler.next(now);
    if (!job) break;
    if (job.expiresAt <= now) expireHeld(node, job);
    else starting.push(job);
  }
  if (starting.length > 0) begin(node, starting, { isAlone: false });
  refill(node);
}

/** Names the attempts, then tries them. */
export function begin(node: Node, jobs: readonly HeldJob[], options: { isAlone: boolean }): void {
  const startedAt = node.clock.now();
  const { isAlone } = options;
  node.store.start(jobs.map(({ seq, attempt }) => ({ seq, attempt, startedAt, isAlone })));
  for (const job of jobs) {
    job.phase = 'running';
    job.startedAt = startedAt;
    node.counters.attempts++;
    emitStarted(node, job, startedAt);
    void deliver(node, job, startedAt);
  }
}

function emitStarted(node: Node, job: HeldJob, at: number): void {
  const { id, queue, attempt, spec } = job;
  node.events.emit({ type: 'job.started', at, jobId: id, queue, url: spec.target.url, attempt });
}
