import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SendoffError } from '../errors.ts';
import { inRequest, withDefaults } from './default-options.ts';

test('what a request says goes before what is said for all', () => {
  const merged = withDefaults({ timeout: 800, tags: ['a'] }, { timeout: 20, queue: 'q' });
  assert.deepEqual(merged, { timeout: 20, tags: ['a'], queue: 'q' });
});

test('of two ways to say the same, only that of the request is left', () => {
  assert.deepEqual(withDefaults({ retries: 5 }, { retry: { limit: 1 } }), { retry: { limit: 1 } });
  assert.deepEqual(withDefaults({ retry: {} }, { retries: 1 }), { retries: 1 });
  assert.deepEqual(withDefaults({ delay: '1s' }, { at: 5 }), { at: 5 });
  assert.deepEqual(withDefaults({ delay: '1s', retries: 1 }, {}), { delay: '1s', retries: 1 });
});

test('a refusal names the request and its field', () => {
  const error = new SendoffError('invalid_url', 'Expected better', { field: 'url' });
  const named = inRequest(error, 'jd') as SendoffError;
  assert.deepEqual([named.field, named.index, named.cause], ['requests.jd.url', undefined, error]);
  assert.equal(named.message, 'Request `jd`: Expected better');
  const placed = inRequest(new SendoffError('invalid_json_type', 'No'), 2) as SendoffError;
  assert.deepEqual([placed.field, placed.index], ['requests[2]', 2]);
  const fault = new TypeError('ours');
  assert.equal(inRequest(fault, 'jd'), fault);
});
