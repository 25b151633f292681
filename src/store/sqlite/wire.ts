// What travels between the main thread and the writer. Jobs and settlements are cut into three
// streams of one kind each (numbers, text, bytes) that both sides walk in the same order: cloning
// them as objects costs both threads several times as much. (A view of a Buffer would be cloned
// with all that is behind it.)

import type { Failure } from './failure.ts';

/** One group commit on its way to the writer. */
export interface Batch {
  /** Verb, input, verb, input, … Inputs that are packed are a count here. */
  readonly calls: readonly unknown[];
  readonly packed: Packed;
  /** More is waiting: no time for housekeeping. */
  readonly isMoreWaiting: boolean;
}

export interface BatchAnswer {
  /** One per call, in their order. */
  readonly answers: readonly unknown[];
  /** Position of a call and why it failed alone. */
  readonly failures: readonly (readonly [at: number, failure: Failure])[];
  /** Why the commit failed as a whole. */
  readonly failure: Failure | undefined;
}

/** An answer on its way back, with the buffer that the batch came in. */
export interface BatchReturn {
  readonly answer: BatchAnswer;
  readonly spare: ArrayBuffer;
}

export interface Packed {
  readonly numbers: Float64Array<ArrayBuffer>;
  readonly text: string;
  /** Goes there and back with its buffer, which may be longer than what is in it. */
  readonly bytes: Uint8Array<ArrayBuffer>;
}

/** Length in the place of a text or bytes that are null; NaN is a number that is. */
const NONE = -1;

export class Packer {
  readonly #numbers: number[] = [];
  readonly #texts: string[] = [];
  readonly #parts: Uint8Array[] = [];
  #length = 0;

  number(value: number | null | undefined): void {
    this.#numbers.push(value ?? Number.NaN);
  }

  boolean(value: boolean): void {
    this.#numbers.push(value ? 1 : 0);
  }

  text(value: string | null | undefined): void {
    this.#numbers.push(value?.length ?? NONE);
    if (value) this.#texts.push(value);
  }

  bytes(value: Uint8Array | null): void {
    this.#numbers.push(value?.byteLength ?? NONE);
    if (value === null) return;
    this.#parts.push(value);
    this.#length += value.byteLength;
  }

  /**
   * `spare` is a buffer of an earlier batch that has come back; it is used if it is large enough.
   */
  finish(spare?: ArrayBuffer): Packed {
    const isEnough = spare !== undefined && spare.byteLength >= this.#length;
    const bytes = new Uint8Array(isEnough ? spare : new ArrayBuffer(this.#length));
    let at = 0;
    for (const part of this.#parts) {
      bytes.set(part, at);
      at += part.byteLength;
    }
    return { numbers: Float64Array.from(this.#numbers), text: this.#texts.join(''), bytes };
  }
}

/** Reads what a `Packer` wrote, in the same order. */
export class Unpacker {
  readonly #packed: Packed;
  #number = 0;
  #text = 0;
  #byte = 0;

  constructor(packed: Packed) {
    this.#packed = packed;
  }

  number(): number {
    return this.#packed.numbers[this.#number++]!;
  }

  numberOrNull(): number | null {
    const value = this.number();
    return Number.isNaN(value) ? null : value;
  }

  boolean(): boolean {
    return this.number() === 1;
  }

  text(): string {
    const from = this.#text;
    this.#text += this.number();
    return this.#packed.text.slice(from, this.#text);
  }

  textOrNull(): string | null {
    if (this.#packed.numbers[this.#number] !== NONE) return this.text();
    this.#number++;
    return null;
  }

  bytesOrNull(): Uint8Array | null {
    const length = this.number();
    if (length === NONE) return null;
    const from = this.#byte;
    this.#byte += length;
    return this.#packed.bytes.subarray(from, this.#byte);
  }
}
