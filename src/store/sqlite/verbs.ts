// What can be asked of the writer within a commit, by name.

import type {
  BulkBegun,
  BulkEnd,
  BulkRow,
  BulkStep,
  BulkStepped,
  NewBulk,
  Resend,
  Resent,
} from '../bulk.ts';
import type {
  AppendExtras,
  AppendResult,
  CancelledWaiting,
  CancelWaiting,
  Claim,
  Claimed,
  Expired,
  LinedUp,
  Park,
  Reopen,
  Reopened,
  SettingRow,
} from '../store.ts';
import { appender } from './append.ts';
import type { Bodies } from './body.ts';
import { bulkWriter } from './bulk.ts';
import { canceller } from './cancel.ts';
import { claimer } from './claim.ts';
import type { Database } from './driver.ts';
import { type Due, dueFinder, type Span } from './due.ts';
import { expiredFinder } from './expired.ts';
import { unpackJobs } from './job-on-wire.ts';
import { linerUp } from './line-up.ts';
import { parker } from './park.ts';
import { pinger } from './ping.ts';
import { earlyPruner, pruner } from './prune.ts';
import type { QueueIds } from './queue-ids.ts';
import { reopener } from './reopen.ts';
import { resender } from './resend.ts';
import { settingWriter } from './setting.ts';
import { settler } from './settle.ts';
import { unpackSettlements } from './settlement-on-wire.ts';
import type { Unpacker } from './wire.ts';

/** A chunk of a large body; its bytes are packed. */
export interface ChunkOnWire {
  readonly bodyId: number;
  readonly part: number;
  readonly isLast: boolean;
}

/** How many jobs are packed; and what goes with them. */
export type AppendOnWire = number | { readonly jobs: number; readonly extras: AppendExtras };

interface UpTo {
  readonly now: number;
  readonly limit: number;
}

/** Jobs, settlements and bytes of chunks are packed; their number comes as input. */
export interface WriterVerbs {
  /** All new: nothing. */
  append(input: AppendOnWire, packed: Unpacker): AppendResult | undefined;
  /** All settled: nothing. */
  settle(settlements: number, packed: Unpacker): boolean[] | undefined;
  claim(input: { readonly claims: readonly Claim[]; readonly now: number }): Claimed[][];
  lineUp(queues: readonly string[]): LinedUp[];
  saveSettings(rows: readonly SettingRow[]): void;
  due(span: Span): Due;
  park(parks: readonly Park[]): void;
  cancel(cancels: readonly CancelWaiting[]): CancelledWaiting[];
  reopen(reopens: readonly Reopen[]): Reopened[];
  resend(resends: readonly Resend[]): Resent[];
  beginBulk(bulk: NewBulk): BulkBegun;
  stepBulk(step: BulkStep): BulkStepped | undefined;
  abortBulk(end: BulkEnd & { readonly id: string }): BulkRow | undefined;
  expired(input: UpTo): Expired[];
  prune(input: UpTo): number;
  /** `now`: settled until then. */
  pruneEarly(input: UpTo): number;
  beat(lowSeq: number): void;
  chunk(chunk: ChunkOnWire, packed: Unpacker): void;
  discard(bodyId: number): void;
  ping(): void;
}

export function writerVerbs(database: Database, queues: QueueIds, bodies: Bodies): WriterVerbs {
  const append = appender({ database, queues, bodies });
  const settle = settler(database, bodies);
  const claim = claimer(database, queues);
  const cancel = canceller(database, bodies);
  const reopen = reopener(database, bodies);
  const resend = resender(database, bodies, append);
  const bulk = bulkWriter(database, { cancel, reopen, resend });
  const expired = expiredFinder(database);
  const prune = pruner(database, bodies);
  const pruneEarly = earlyPruner(database, bodies);
  const low = database.prepare("update mark set value = ?1 where name = 'low' and value < ?1");
  return {
    append: (input, packed) => {
      if (typeof input === 'number') return append(unpackJobs(input, packed));
      return append(unpackJobs(input.jobs, packed), input.extras);
    },
    settle: (count, packed) => settle(unpackSettlements(count, packed)),
    claim: ({ claims, now }) => claim(claims, now),
    lineUp: linerUp(database, queues),
    saveSettings: settingWriter(database, queues),
    due: dueFinder(database, queues),
    park: parker(database),
    cancel,
    reopen,
    resend,
    beginBulk: bulk.begin,
    stepBulk: bulk.step,
    abortBulk: bulk.abort,
    expired: ({ now, limit }) => expired(now, limit),
    prune: ({ now, limit }) => prune(now, limit),
    pruneEarly: ({ now, limit }) => pruneEarly(now, limit),
    beat: (lowSeq) => void low.run(lowSeq),
    chunk: (chunk, packed) => bodies.write({ ...chunk, data: packed.bytesOrNull()! }),
    discard: bodies.discard,
    ping: pinger(database),
  };
}
