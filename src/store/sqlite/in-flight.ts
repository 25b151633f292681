// Names what is being tried, in a small file beside the database, so that after a crash those
// attempts can be recorded. It is written before the first byte of an attempt goes out and synced
// only for what runs at most once: the kernel keeps it when our process dies. After a power cut it
// may be short, or zeros where its content never reached the disk; the worst of that is an attempt
// without a record. A slot is free again once its settlement is committed; what it says until then
// is checked against `todo`.
//
// 32 bytes of header (magic, version), then slots of 32 bytes: seq, attempt, flags, startedAt.

import {
  closeSync,
  fdatasyncSync,
  ftruncateSync,
  openSync,
  readFileSync,
  writeSync,
} from 'node:fs';
import { SendoffError } from '../../errors.ts';
import type { Start } from '../store.ts';

export type Slot = Start;

const SLOT_BYTES = 32;
const MAGIC = 'sendoff in-flight';
const VERSION = 1;
const FIRST_SLOTS = 2_048;
const USED = 1;
const ALONE = 2;

export class InFlight {
  /** What the file named when it was opened. */
  readonly found: readonly Slot[];
  readonly #path: string;
  readonly #file: number;
  readonly #slotOf = new Map<number, { readonly slot: number; readonly attempt: number }>();
  readonly #free: number[] = [];
  /** What the file holds, header included. */
  #image = Buffer.alloc(0);

  constructor(path: string) {
    this.#path = path;
    this.#file = openSync(path, 'a+', 0o600);
    closeSync(this.#file);
    this.#file = openSync(path, 'r+');
    this.found = parse(path, readFileSync(this.#file));
  }

  /** Forgets what was found, after it has been dealt with in the database. */
  reset(): void {
    ftruncateSync(this.#file, 0);
    this.#image = Buffer.alloc(SLOT_BYTES * (1 + FIRST_SLOTS));
    this.#image.write(MAGIC);
    this.#image.writeUInt32LE(VERSION, SLOT_BYTES - 4);
    this.#write(0, this.#image.length);
    this.#slotOf.clear();
    this.#free.length = 0;
    this.#offer(1, FIRST_SLOTS);
  }

  /** One write for all of them, whatever their number. */
  start(starts: readonly Start[]): void {
    if (starts.length === 0) return;
    let first = Number.POSITIVE_INFINITY;
    let last = 0;
    for (const start of starts) {
      const slot = this.#slotOf.get(start.seq)?.slot ?? this.#take();
      this.#slotOf.set(start.seq, { slot, attempt: start.attempt });
      this.#fill(slot, start);
      first = Math.min(first, slot);
      last = Math.max(last, slot);
    }
    this.#write(first * SLOT_BYTES, (last + 1) * SLOT_BYTES);
    if (starts.some(({ isOnce }) => isOnce)) fdatasyncSync(this.#file);
  }

  /**
   * The attempt is written down in the database. The file may go on naming it: it is out of date
   * there.
   */
  free(seq: number, attempt: number): void {
    const held = this.#slotOf.get(seq);
    if (held === undefined || held.attempt !== attempt) return;
    this.#slotOf.delete(seq);
    this.#image.fill(0, held.slot * SLOT_BYTES, (held.slot + 1) * SLOT_BYTES);
    this.#free.push(held.slot);
  }

  close(): void {
    closeSync(this.#file);
  }

  #take(): number {
    const free = this.#free.pop();
    if (free !== undefined) return free;
    const slots = this.#image.length / SLOT_BYTES;
    this.#image = Buffer.concat([this.#image, Buffer.alloc(this.#image.length)]);
    this.#offer(slots, slots);
    return this.#free.pop()!;
  }

  /** Lowest slots first, so that a write covers few of them. */
  #offer(first: number, count: number): void {
    for (let slot = first + count - 1; slot >= first; slot--) this.#free.push(slot);
  }

  #fill(slot: number, { seq, attempt, startedAt, isAlone }: Start): void {
    const at = slot * SLOT_BYTES;
    this.#image.writeDoubleLE(seq, at);
    this.#image.writeUInt32LE(attempt, at + 8);
    this.#image.writeUInt32LE(USED | (isAlone ? ALONE : 0), at + 12);
    this.#image.writeDoubleLE(startedAt, at + 16);
  }

  #write(from: number, until: number): void {
    let at = from;
    try {
      while (at < until) at += writeSync(this.#file, this.#image, at, until - at, at);
    } catch (cause) {
      const code = (cause as NodeJS.ErrnoException).code;
      const isFull = code === 'ENOSPC' || code === 'EDQUOT';
      const message = `The in-flight file ${this.#path} could not be written: ${code}`;
      throw new SendoffError(isFull ? 'storage_full' : 'store_unavailable', message, { cause });
    }
  }
}

function parse(path: string, image: Buffer): Slot[] {
  if (image.length < SLOT_BYTES) return [];
  const version = image.readUInt32LE(SLOT_BYTES - 4);
  if (image.subarray(0, SLOT_BYTES).every((byte) => byte === 0)) return [];
  if (image.toString('latin1', 0, MAGIC.length) !== MAGIC || version > VERSION) {
    throw new SendoffError(
      'not_a_sendoff_store',
      `Expected an in-flight file of version ${VERSION} or earlier at ${path}, got something else`,
    );
  }
  const slots: Slot[] = [];
  for (let at = SLOT_BYTES; at + SLOT_BYTES <= image.length; at += SLOT_BYTES) {
    const flags = image.readUInt32LE(at + 12);
    if ((flags & USED) === 0) continue;
    slots.push({
      seq: image.readDoubleLE(at),
      attempt: image.readUInt32LE(at + 8),
      startedAt: image.readDoubleLE(at + 16),
      isAlone: (flags & ALONE) !== 0,
    });
  }
  return slots;
}
