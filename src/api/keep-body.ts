// A body that is whole in memory, on its way to the engine: small ones travel with their job,
// larger ones are written in chunks before it.

import type { Engine } from '../engine/engine.ts';
import type { CheckedBody } from '../job/checked.ts';
import { bodyHasher } from '../job/content.ts';
import { limits } from '../limits.ts';

export async function keepBody(engine: Engine, bytes: Buffer | undefined): Promise<CheckedBody> {
  if (bytes === undefined) return { kind: 'none' };
  if (bytes.length <= limits.inlineBodyBytes) return { kind: 'bytes', bytes };
  return storeBody(engine, slices(bytes));
}

function* slices(bytes: Buffer): Generator<Buffer> {
  for (let at = 0; at < bytes.length; at += limits.chunkBytes) {
    yield bytes.subarray(at, at + limits.chunkBytes);
  }
}

/**
 * Writes a body while it arrives; nothing of it stays if its sender does not bring it to its end.
 */
export async function storeBody(
  engine: Engine,
  chunks: Iterable<Buffer> | AsyncIterable<Buffer>,
): Promise<Extract<CheckedBody, { kind: 'stored' }>> {
  const writer = engine.writeBody();
  const hasher = bodyHasher();
  let bodyBytes = 0;
  try {
    for await (const chunk of chunks) {
      hasher.update(chunk);
      bodyBytes += chunk.length;
      await writer.write(chunk);
    }
    await writer.end();
  } catch (error) {
    writer.discard();
    throw error;
  }
  return { kind: 'stored', bodyId: writer.bodyId, bodyBytes, hash: hasher.digest() };
}
