// The last bytes of a stream.

export class Tail {
  readonly #most: number;
  #pieces: Uint8Array[] = [];
  #bytes = 0;

  constructor(most: number) {
    this.#most = most;
  }

  push(bytes: Uint8Array): void {
    this.#pieces.push(bytes);
    this.#bytes += bytes.byteLength;
    if (this.#bytes > 2 * this.#most) this.#cut();
  }

  /** Bytes that are no UTF-8 are replaced. */
  text(): string {
    return this.#cut().toString();
  }

  #cut(): Buffer {
    const all = Buffer.concat(this.#pieces);
    // A copy, so that what is cut off is let go.
    const last = Buffer.from(all.subarray(Math.max(0, all.length - this.#most)));
    this.#pieces = [last];
    this.#bytes = last.length;
    return last;
  }
}
