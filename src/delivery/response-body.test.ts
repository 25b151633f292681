import assert from 'node:assert/strict';
import test from 'node:test';
import { ResponseBody } from './response-body.ts';
import { MemorySpill } from './target/attempt.ts';

// After a pause undici may begin again with an empty piece.
test('an empty piece between others neither pauses nor stops the writing', async () => {
  const spill = new MemorySpill();
  let drained = Promise.withResolvers<void>();
  const limits = { inlineBytes: 10, bodyBytes: 1_000 };
  const body = new ResponseBody(
    limits,
    () => spill,
    () => drained.resolve(),
  );
  for (let piece = 0; piece < 3; piece++) {
    assert.equal(body.take(new Uint8Array(20)), 'pause');
    await drained.promise;
    drained = Promise.withResolvers<void>();
    assert.equal(body.take(new Uint8Array()), 'more');
  }
  assert.equal((await body.keep()).bodyBytes, 60);
  assert.deepEqual([spill.bytes, spill.isEnded], [60, true]);
});
