// What can be asked of the writer within a commit, by name.

import type {
  AppendResult,
  CancelledWaiting,
  CancelWaiting,
  Claim,
  Claimed,
  Park,
  Reopen,
  Reopened,
} from '../store.ts';
import { appender } from './append.ts';
import type { Bodies } from './body.ts';
import { canceller } from './cancel.ts';
import { claimer } from './claim.ts';
import type { Database } from './driver.ts';
import { type Due, dueFinder, type Span } from './due.ts';
import { type Expired, expiredFinder } from './expired.ts';
import { parker } from './park.ts';
import { pinger } from './ping.ts';
import { pruner } from './prune.ts';
import type { QueueIds } from './queue-ids.ts';
import { reopener } from './reopen.ts';
import { settler } from './settle.ts';
import { type JobOnWire, type Place, type SettlementOnWire, unpack } from './wire.ts';

/** A chunk of a large body; its bytes are in the batch. */
export interface ChunkOnWire {
  readonly bodyId: number;
  readonly part: number;
  readonly isLast: boolean;
  readonly data: Place;
}

interface UpTo {
  readonly now: number;
  readonly limit: number;
}

/** `bytes` are those of the batch. */
export interface WriterVerbs {
  append(jobs: readonly JobOnWire[], bytes: Uint8Array): AppendResult;
  settle(settlements: readonly SettlementOnWire[], bytes: Uint8Array): boolean[];
  claim(input: { readonly claims: readonly Claim[]; readonly now: number }): Claimed[][];
  due(span: Span): Due;
  park(parks: readonly Park[]): void;
  cancel(cancels: readonly CancelWaiting[]): CancelledWaiting[];
  reopen(reopens: readonly Reopen[]): Reopened[];
  expired(input: UpTo): Expired[];
  prune(input: UpTo): number;
  beat(lowSeq: number): void;
  chunk(chunk: ChunkOnWire, bytes: Uint8Array): void;
  discard(bodyId: number): void;
  ping(): void;
}

export function writerVerbs(database: Database, queues: QueueIds, bodies: Bodies): WriterVerbs {
  const claim = claimer(database, queues);
  const expired = expiredFinder(database);
  const prune = pruner(database, bodies);
  const low = database.prepare("update mark set value = ?1 where name = 'low' and value < ?1");
  return {
    append: appender({ database, queues, bodies }),
    settle: settler(database, bodies),
    claim: ({ claims, now }) => claim(claims, now),
    due: dueFinder(database, queues),
    park: parker(database),
    cancel: canceller(database, bodies),
    reopen: reopener(database, bodies),
    expired: ({ now, limit }) => expired(now, limit),
    prune: ({ now, limit }) => prune(now, limit),
    beat: (lowSeq) => void low.run(lowSeq),
    chunk: (chunk, bytes) => bodies.write({ ...chunk, data: unpack(bytes, chunk.data)! }),
    discard: bodies.discard,
    ping: pinger(database),
  };
}
