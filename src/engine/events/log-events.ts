// What the log says of changes. It listens as everybody does: what a job goes through is for the
// stream, what operators should know of queues, targets, disk and load stands here.

import type { EventType } from '../../job/event.ts';
import type { Log } from '../node.ts';
import type { RawEvent } from './events.ts';

type Line = readonly [level: Parameters<Log>[0], message: string];

const lines: Readonly<Partial<Record<EventType, Line>>> = {
  'queue.changed': ['info', 'A setting of a queue is another one'],
  'queue.paused': ['info', 'A queue is paused'],
  'queue.resumed': ['info', 'A queue goes on'],
  'limit.changed': ['info', 'A setting of a limit is another one'],
  'circuit.opened': ['warn', 'A target is left alone but for probes'],
  'circuit.closed': ['info', 'A target is well again'],
  'egress.suspect': ['warn', 'Most of the network seems gone: attempts wait'],
  'egress.clear': ['info', 'The network is back'],
  'disk.low': ['warn', 'The disk has little room: what is settled goes before its time'],
  'disk.full': ['error', 'The disk is nearly full: new jobs are refused'],
  'disk.ok': ['info', 'There is room again: new jobs are taken'],
  'overload.began': ['warn', 'More comes in than can be stored: some is refused'],
  'overload.ended': ['info', 'Everything is taken again'],
  'bulk.started': ['info', 'An operation on many jobs has begun'],
  'bulk.ended': ['info', 'An operation on many jobs is over'],
  'spool.refused': ['warn', 'A job in the spool was refused'],
};

/** What is full, and what follows. */
const fullDisks: Readonly<Record<string, Line>> = {
  attempts: ['error', 'The disk is full: no attempt begins, only results are written'],
  store: ['error', 'The store is as large as it may be: new jobs are refused'],
};

export function logEvents(log: Log): (event: RawEvent) => void {
  return (event) => {
    const full = event.type === 'disk.full' ? fullDisks[event.scope ?? ''] : undefined;
    const line = full ?? lines[event.type];
    // Nearly every event is a job's, and has none: nothing is made of it before that is known.
    if (line === undefined) return;
    const { type: _, at: __, ...detail } = event;
    log(...line, detail);
  };
}
