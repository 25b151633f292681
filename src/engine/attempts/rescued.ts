// What became of the jobs of a dead process: those that may not be tried again have ended like any
// others, so listeners hear of them and an ordered queue that parks is parked.

import type { Rescued, RescuedEnd } from '../../store/store.ts';
import type { Node } from '../node.ts';
import { parkQueue } from '../settings/pause.ts';
import { emit } from './settle.ts';
import { finalOf } from './verdict.ts';

export function hearRescued(node: Node, { jobs, interrupted, suspects, ended }: Rescued): void {
  node.counters.interrupted += interrupted.length;
  node.counters.failed += ended.length;
  for (const { queue, limit, startedAt } of interrupted) {
    node.settings.tookTurnBefore('queue', queue, startedAt);
    if (limit !== null) node.settings.tookTurnBefore('limit', limit, startedAt);
  }
  if (jobs + interrupted.length === 0) return;
  const detail = {
    jobs,
    interrupted: interrupted.length,
    suspects: suspects.length,
    ended: ended.length,
  };
  node.log('warn', 'Rescued what the last process left behind', detail);
  for (const one of ended) hearEnd(node, one);
}

function hearEnd(node: Node, { job, reason, startedAt, settledAt }: RescuedEnd): void {
  const { seq, attempt } = job;
  const record = { number: attempt, startedAt, endedAt: settledAt, result: 'interrupted' } as const;
  const next = finalOf({ state: 'failed', reason }, { now: settledAt, keep: node.keep });
  parkQueue(node, job, next);
  emit(node, { ...job, spec: JSON.parse(job.spec) }, { seq, attempt, record, next });
}
