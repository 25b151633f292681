// The output of a command, live: its standard output to ours, its standard error to ours. Pieces
// that were left out, because they came faster than they were read, are made up for at the end from
// what is kept.

import { once } from 'node:events';
import type { Client } from '../client.ts';
import type { JobView, OutputPiece } from '../sendoff.ts';
import { plainText } from './plain-text.ts';

export interface ShowOptions {
  readonly isRaw: boolean;
  readonly signal: AbortSignal;
}

/** Resolves when the job has settled, or with undefined when `signal` aborts. */
export async function showOutput(
  client: Client,
  id: string,
  { isRaw, signal }: ShowOptions,
): Promise<JobView | undefined> {
  const out = new Shown(process.stdout, isRaw);
  const talk = new Shown(process.stderr, isRaw);
  let attempt = 0;
  for await (const piece of client.output(id, { signal })) {
    if (piece.attempt !== attempt) out.begin();
    attempt = piece.attempt;
    if (piece.stream === 'stderr') await talk.write(piece.bytes);
    else await out.take(piece);
  }
  if (signal.aborted) return undefined;
  if (out.hasGap) await fillGap(client, id, out);
  return client.get(id);
}

async function fillGap(client: Client, id: string, out: Shown): Promise<void> {
  const response = await client.response(id);
  let offset = 0;
  for await (const bytes of response?.body ?? []) {
    const isNew = offset + bytes.byteLength > out.next;
    if (isNew) await out.write(bytes.subarray(Math.max(0, out.next - offset)));
    offset += bytes.byteLength;
  }
}

class Shown {
  readonly #to: NodeJS.WriteStream;
  readonly #decoder: TextDecoder | undefined;
  /** Where the next piece should begin. */
  next = 0;
  hasGap = false;

  constructor(to: NodeJS.WriteStream, isRaw: boolean) {
    this.#to = to;
    this.#decoder = isRaw ? undefined : new TextDecoder();
  }

  begin(): void {
    this.next = 0;
    this.hasGap = false;
  }

  async take({ offset, bytes }: OutputPiece): Promise<void> {
    if (offset !== this.next) this.hasGap = true;
    if (!this.hasGap) await this.write(bytes);
  }

  async write(bytes: Uint8Array): Promise<void> {
    this.next += bytes.byteLength;
    const text = this.#decoder?.decode(bytes, { stream: true });
    if (!this.#to.write(text === undefined ? bytes : plainText(text))) {
      await once(this.#to, 'drain');
    }
  }
}
