// Takes in a body that does not fit into a row: it is written and hashed while it arrives, before
// its job is stored. Nothing of it stays if its sender does not bring it to its end, or if the job
// is refused.

import { SendoffError } from '../../errors.ts';
import type { CheckedBody } from '../../job/checked.ts';
import { bodyHasher } from '../../job/content.ts';
import type { Engine } from '../engine.ts';

export async function receiveBody(
  engine: Engine,
  chunks: Iterable<Uint8Array> | AsyncIterable<Uint8Array>,
  { mostBytes }: { readonly mostBytes: number },
): Promise<Extract<CheckedBody, { kind: 'stored' }>> {
  const writer = engine.writeBody();
  const hasher = bodyHasher();
  let bodyBytes = 0;
  try {
    for await (const chunk of chunks) {
      bodyBytes += chunk.byteLength;
      if (bodyBytes > mostBytes) throw tooLarge(mostBytes);
      hasher.update(chunk);
      await writer.write(chunk);
    }
    await writer.end();
  } catch (error) {
    writer.discard();
    throw error;
  }
  const { bodyId } = writer;
  const discard = (): void => writer.discard();
  return { kind: 'stored', bodyId, bodyBytes, hash: hasher.digest(), discard };
}

/** The job is refused: its body, if it was stored before, goes too. */
export function discardBody(body: CheckedBody): void {
  if (body.kind === 'stored') body.discard();
}

function tooLarge(mostBytes: number): SendoffError {
  const detail = `Expected a body of at most ${mostBytes} bytes, got more`;
  return new SendoffError('body_too_large', detail, { field: 'body' });
}
