// Cuts a body into chunks on its way to the writer. A few chunks may wait for their commit; then
// its sender waits, so a body of any size takes the memory of those few. The last piece is held
// back until the end is known, because it says that it is the last: a reader can tell a whole body
// from a torn one.

import type { BodyWriter } from '../../job/body.ts';
import { limits } from '../../limits.ts';
import type { GroupCommit } from './batch.ts';
import type { Litter } from './litter.ts';
import type { ChunkOnWire } from './verbs.ts';

export class Upload implements BodyWriter {
  readonly bodyId: number;
  readonly #commits: GroupCommit;
  readonly #litter: Litter;
  #piece: Uint8Array = new Uint8Array(limits.chunkBytes);
  #filled = 0;
  #parts = 0;
  /** Pieces to be filled again. */
  readonly #sent: Uint8Array[] = [];
  #unwritten = 0;
  #isOver = false;
  #failure: unknown;
  #wake: () => void = () => {};

  constructor(bodyId: number, commits: GroupCommit, litter: Litter) {
    this.bodyId = bodyId;
    this.#commits = commits;
    this.#litter = litter;
  }

  async write(chunk: Uint8Array): Promise<void> {
    this.#litter.add(chunk.byteLength);
    for (let at = 0; at < chunk.byteLength; ) {
      if (this.#isOver) break;
      if (this.#filled === limits.chunkBytes) this.#send(false);
      const part = chunk.subarray(at, at + limits.chunkBytes - this.#filled);
      this.#piece.set(part, this.#filled);
      this.#filled += part.byteLength;
      at += part.byteLength;
      await this.#roomFor(limits.chunksUnwritten);
    }
  }

  async end(): Promise<void> {
    if (this.#isOver) return;
    this.#send(true);
    this.#isOver = true;
    await this.#roomFor(1);
  }

  discard(): void {
    this.#isOver = true;
    this.#piece = new Uint8Array();
    // Nobody waits for this one; a store that cannot do it now finds the body at its next start.
    this.#commits.submitChunk('discard', () => this.bodyId).catch(() => {});
  }

  #send(isLast: boolean): void {
    const data = this.#piece.subarray(0, this.#filled);
    const chunk: ChunkOnWire = { bodyId: this.bodyId, part: this.#parts++, isLast };
    const piece = this.#piece;
    this.#piece = isLast
      ? new Uint8Array()
      : (this.#sent.pop() ?? new Uint8Array(limits.chunkBytes));
    this.#filled = 0;
    this.#unwritten++;
    this.#commits
      .submitChunk('chunk', (packer) => {
        packer.bytes(data);
        // Packed bytes are copied before anything else happens.
        this.#sent.push(piece);
        return chunk;
      })
      .catch((error: unknown) => {
        this.#failure ??= error;
      })
      .finally(() => {
        this.#unwritten--;
        this.#wake();
      });
  }

  /** Resolves when fewer than `count` chunks wait for their commit. */
  async #roomFor(count: number): Promise<void> {
    while (this.#unwritten >= count && this.#failure === undefined) {
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
    if (this.#failure !== undefined) throw this.#failure;
  }
}
