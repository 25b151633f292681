// The counters, which are kept and never counted, and what memory holds at this moment.

import type { QueueStats, Stats } from '../engine.ts';
import type { Node } from '../node.ts';

// A page shows no more, and an answer must not grow with the number of queues.
const QUEUES_SHOWN = 200;

export async function stats(node: Node): Promise<Stats> {
  const store = await node.store.sizes();
  const load = node.store.load();
  return {
    startedAt: new Date(node.startedAt).toISOString(),
    ...node.counters,
    refused: node.admission.overload.counts,
    commits: { waiting: load.jobs, ms: Math.round(load.commitMs * 100) / 100 },
    running: node.scheduler.running,
    ready: node.scheduler.ready,
    queues: busiest(node),
    store,
  };
}

function busiest(node: Node): QueueStats[] {
  const queues = [...node.scheduler.queues()].map(({ name, ready, running }) => ({
    queue: name,
    ready,
    running,
  }));
  queues.sort((a, b) => b.ready + b.running - (a.ready + a.running));
  return queues.slice(0, QUEUES_SHOWN);
}
