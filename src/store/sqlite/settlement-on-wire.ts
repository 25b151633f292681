// A settlement in the streams of a batch. Header lines, and how a command ended, travel as the JSON
// text that is stored.

import type {
  AttemptRecord,
  FailReason,
  FinalState,
  JobClock,
  Response,
  Result,
} from '../../job/job.ts';
import type { Final, Settlement } from '../store.ts';
import type { Packer, Unpacker } from './wire.ts';

export interface ResponseRow extends Omit<Response, 'headers' | 'exit'> {
  readonly headers: string;
  readonly exit: string | null;
}
export interface FinalRow extends Omit<Final, 'response' | 'reason' | 'clock'> {
  readonly reason: FailReason | null;
  readonly clock: JobClock | null;
  readonly response: ResponseRow | null;
}
export interface SettlementRow {
  readonly seq: number;
  readonly attempt: number;
  readonly record: AttemptRow | null;
  readonly next: FinalRow | Extract<Settlement['next'], { kind: 'again' }>;
}
export interface AttemptRow extends Omit<AttemptRecord, 'status' | 'error' | 'detail'> {
  readonly status: number | null;
  readonly error: string | null;
  readonly detail: string | null;
}

export function packSettlements(settlements: readonly Settlement[], packer: Packer): number {
  for (const { seq, attempt, record, next } of settlements) {
    packer.number(seq);
    packer.number(attempt);
    packRecord(record, packer);
    packer.boolean(next.kind === 'final');
    if (next.kind === 'final') {
      packFinal(next, packer);
    } else {
      packer.number(next.runAt);
      packer.number(next.expiresAt);
      packer.number(next.triesUsed);
      packer.number(next.deaths);
    }
  }
  return settlements.length;
}

export function unpackSettlements(count: number, packed: Unpacker): SettlementRow[] {
  return Array.from({ length: count }, () => ({
    seq: packed.number(),
    attempt: packed.number(),
    record: unpackRecord(packed),
    next: packed.boolean()
      ? unpackFinal(packed)
      : {
          kind: 'again',
          runAt: packed.number(),
          expiresAt: packed.number(),
          triesUsed: packed.number(),
          deaths: packed.number(),
        },
  }));
}

function packRecord(record: AttemptRecord | undefined, packer: Packer): void {
  packer.number(record?.number);
  if (record === undefined) return;
  packer.number(record.startedAt);
  packer.number(record.endedAt);
  packer.text(record.result);
  packer.number(record.status);
  packer.text(record.error);
  packer.text(record.detail);
}

function unpackRecord(packed: Unpacker): AttemptRow | null {
  const number = packed.numberOrNull();
  if (number === null) return null;
  return {
    number,
    startedAt: packed.number(),
    endedAt: packed.number(),
    result: packed.text() as Result,
    status: packed.numberOrNull(),
    error: packed.textOrNull(),
    detail: packed.textOrNull(),
  };
}

function packFinal(final: Final, packer: Packer): void {
  packer.text(final.state);
  packer.text(final.reason);
  packer.text(final.clock);
  packer.number(final.settledAt);
  packer.number(final.keepResponseUntilAt);
  packer.number(final.keepJobUntilAt);
  packResponse(final.response, packer);
}

function unpackFinal(packed: Unpacker): FinalRow {
  return {
    kind: 'final',
    state: packed.text() as FinalState,
    reason: packed.textOrNull() as FailReason | null,
    clock: packed.textOrNull() as JobClock | null,
    settledAt: packed.number(),
    keepResponseUntilAt: packed.number(),
    keepJobUntilAt: packed.number(),
    response: unpackResponse(packed),
  };
}

function packResponse(response: Response | undefined, packer: Packer): void {
  packer.number(response?.status);
  if (response === undefined) return;
  packer.text(JSON.stringify(response.headers));
  packer.bytes(response.body);
  packer.number(response.bodyId);
  packer.number(response.bodyBytes);
  packer.boolean(response.isTruncated);
  packer.boolean(response.isIncomplete);
  packer.text(response.exit && JSON.stringify(response.exit));
}

function unpackResponse(packed: Unpacker): ResponseRow | null {
  const status = packed.numberOrNull();
  if (status === null) return null;
  return {
    status,
    headers: packed.text(),
    body: packed.bytesOrNull(),
    bodyId: packed.numberOrNull(),
    bodyBytes: packed.number(),
    isTruncated: packed.boolean(),
    isIncomplete: packed.boolean(),
    exit: packed.textOrNull(),
  };
}
