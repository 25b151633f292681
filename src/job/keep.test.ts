import assert from 'node:assert/strict';
import { test } from 'node:test';
import { checkKeep } from './keep.ts';

test('a duration is that of the job, and each can be said alone', () => {
  assert.equal(checkKeep(undefined), undefined);
  assert.deepEqual(checkKeep('90d'), { jobMs: 7_776_000_000 });
  assert.deepEqual(checkKeep(60_000), { jobMs: 60_000 });
  assert.deepEqual(checkKeep({ response: '1h' }), { responseMs: 3_600_000 });
  assert.deepEqual(checkKeep({ job: '2d', response: '1d' }), {
    jobMs: 172_800_000,
    responseMs: 86_400_000,
  });
});

test('what is no time to keep something for is refused', () => {
  for (const value of ['soon', '10', -1, true, [], { job: 'x' }]) {
    assert.throws(() => checkKeep(value), /keep/);
  }
  assert.throws(() => checkKeep({ jobs: '1d' }), { code: 'unknown_field' });
  assert.throws(() => checkKeep('1ms'), /keep/);
});
