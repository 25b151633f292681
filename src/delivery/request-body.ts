// What undici is given to write: bytes at once, or chunks as they are read. A chunk that cannot be
// read ends the attempt as `body_lost`, which is told apart here from everything that fails on the
// network.

import type { AttemptBody } from './deliverer.ts';
import { AttemptError } from './failure.ts';

export type RequestBody = Uint8Array | AsyncIterable<Uint8Array> | null;

export function toRequestBody(body: AttemptBody): RequestBody {
  if (body.kind === 'bytes') return body.bytes;
  if (body.kind === 'none' || body.bodyBytes === 0) return null;
  return readWhole(body.read);
}

async function* readWhole(read: () => AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  try {
    yield* read();
  } catch (cause) {
    throw new AttemptError('body_lost', 'The kept body could not be read', cause);
  }
}
