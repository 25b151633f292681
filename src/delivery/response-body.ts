// The body of one response, on its way from the socket to where it is kept. Small ones stay in
// memory; the first byte too many opens a spill, and from then on the socket is paused while a
// write is pending. undici may hand over what it has already read even while paused, so pieces wait
// in a short queue.

import type { BodyWriter } from '../job/body.ts';

export interface BodyLimits {
  readonly inlineBytes: number;
  readonly bodyBytes: number;
}

export interface KeptBody {
  readonly body: Uint8Array | null;
  readonly bodyId: number | null;
  readonly bodyBytes: number;
  readonly isTruncated: boolean;
  /** What went wrong while keeping it; the body is then not there. */
  readonly problem?: unknown;
}

/**
 * What the socket should do after a piece: go on, wait for `drained`, or end because there is
 * enough.
 */
export type Next = 'more' | 'pause' | 'enough';

export class ResponseBody {
  readonly #limits: BodyLimits;
  readonly #spill: () => BodyWriter;
  readonly #drained: () => void;
  #pieces: Uint8Array[] = [];
  #bytes = 0;
  #isTruncated = false;
  #writer: BodyWriter | undefined;
  #writing: Promise<void> | undefined;
  #problem: unknown;

  /** `drained` is called after each 'pause', once more may come. */
  constructor(limits: BodyLimits, spill: () => BodyWriter, drained: () => void) {
    this.#limits = limits;
    this.#spill = spill;
    this.#drained = drained;
  }

  take(chunk: Uint8Array): Next {
    const room = this.#limits.bodyBytes - this.#bytes;
    const piece = chunk.length > room ? chunk.subarray(0, room) : chunk;
    this.#isTruncated ||= chunk.length > room;
    this.#bytes += piece.length;
    if (piece.length > 0) this.#pieces.push(piece);
    // Resuming undici may bring an empty piece first: with nothing to write there is no pause.
    const isSpilling = this.#bytes > this.#limits.inlineBytes && this.#pieces.length > 0;
    if (isSpilling) this.#writing ??= this.#writeOut();
    if (this.#isTruncated || this.#problem !== undefined) return 'enough';
    return this.#writing ? 'pause' : 'more';
  }

  /** Nothing more will come: resolves when what came is safe. Never rejects. */
  keep(): KeptBody | Promise<KeptBody> {
    if (this.#writer || this.#problem !== undefined) return this.#keepSpill();
    const body = join(this.#pieces, this.#bytes);
    return { body, bodyId: null, bodyBytes: this.#bytes, isTruncated: this.#isTruncated };
  }

  /** The body is not wanted. */
  discard(): void {
    this.#pieces = [];
    this.#writer?.discard();
    this.#writer = undefined;
  }

  async #writeOut(): Promise<void> {
    try {
      this.#writer ??= this.#spill();
      for (let piece = this.#pieces.shift(); piece; piece = this.#pieces.shift()) {
        await this.#writer?.write(piece);
      }
    } catch (problem) {
      this.#problem = problem ?? 'unknown';
      this.discard();
    }
    this.#writing = undefined;
    this.#drained();
  }

  async #keepSpill(): Promise<KeptBody> {
    await this.#writing;
    const writer = this.#writer;
    try {
      await writer?.end();
    } catch (problem) {
      this.#problem = problem ?? 'unknown';
      this.discard();
    }
    if (this.#problem !== undefined || !writer) {
      return {
        body: new Uint8Array(),
        bodyId: null,
        bodyBytes: 0,
        isTruncated: true,
        problem: this.#problem,
      };
    }
    const { bodyId } = writer;
    return { body: null, bodyId, bodyBytes: this.#bytes, isTruncated: this.#isTruncated };
  }
}

/**
 * One array of its own: the pieces are views into larger buffers, which would be kept alive with
 * them.
 */
function join(pieces: readonly Uint8Array[], bytes: number): Uint8Array {
  if (pieces.length === 1) return new Uint8Array(pieces[0]!);
  const whole = new Uint8Array(bytes);
  let offset = 0;
  for (const piece of pieces) {
    whole.set(piece, offset);
    offset += piece.length;
  }
  return whole;
}
