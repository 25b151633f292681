// A body that is whole in memory, on its way to the engine: small ones travel with their job,
// larger ones are written in chunks before it.

import type { CheckedBody } from '../../job/checked.ts';
import { limits } from '../../limits.ts';
import type { Engine } from '../engine.ts';
import { receiveBody } from './receive-body.ts';

export async function keepBody(engine: Engine, bytes: Buffer | undefined): Promise<CheckedBody> {
  if (bytes === undefined) return { kind: 'none' };
  if (bytes.length <= limits.inlineBodyBytes) return { kind: 'bytes', bytes };
  return receiveBody(engine, slices(bytes), { mostBytes: bytes.length });
}

function* slices(bytes: Buffer): Generator<Buffer> {
  for (let at = 0; at < bytes.length; at += limits.chunkBytes) {
    yield bytes.subarray(at, at + limits.chunkBytes);
  }
}
