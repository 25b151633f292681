import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { CheckedJob } from './checked.ts';
import { DELIVERY_FIELDS } from './delivery-fields.ts';
import type { HeaderLines } from './job.ts';
import { checkJob } from './options.ts';
import { EDIT_FIELDS, type ResendSource, resentJob } from './resend.ts';

const now = 1_800_000_000_000;
const old = '0199f3c2-0000-7000-8000-000000000000';

function sourceOf(fields: object = {}): ResendSource {
  const given = { url: 'http://a.test/x', method: 'PUT', ...fields };
  const job = checkJob(given, { now: now - 1_000_000, hasBody: true });
  return { ...job, id: old };
}

function resent(fields: object, edits: object, bodyType?: string): CheckedJob {
  const type = bodyType === undefined ? {} : { bodyType };
  return resentJob(sourceOf(fields), edits, { now, ...type });
}

function headersOf({ spec }: CheckedJob): HeaderLines {
  return spec.target.kind === 'http' ? spec.target.headers : [];
}

test('what is not edited is as it was, and what belonged to the first hand-over is gone', () => {
  const fields = {
    ...{ key: 'k', priority: 0, timeout: '5m', deadline: '2h', tags: ['t'], retries: 3 },
    ...{ delay: '10m', startBy: now + 5_000_000, queue: 'mine', headers: { a: '1' } },
  };
  const source = sourceOf(fields);
  const job = resentJob(source, {}, { now });
  const { target, retry, timeoutMs, tags } = source.spec;
  assert.deepEqual(job, {
    queue: 'mine',
    priority: 0,
    runAt: now,
    expiresAt: now + 7_200_000,
    spec: { target, retry, timeoutMs, tags, resentFrom: old },
  });
});

test('an edit counts also where it says the default', () => {
  const job = resent({ timeout: '5m', priority: 0, tags: ['t'] }, { timeout: '15m', priority: 2 });
  assert.deepEqual([job.spec.timeoutMs, job.priority, job.spec.tags], [900_000, 2, ['t']]);
  assert.equal(resent({ tags: ['t'] }, { tags: [] }).spec.tags, undefined);
  assert.equal(resent({}, { delay: '1m' }).runAt, now + 60_000);
  assert.equal(resent({}, { key: 'new' }).spec.key, 'new');
});

test('every delivery option can be edited', () => {
  for (const field of DELIVERY_FIELDS) assert.ok(EDIT_FIELDS.has(field), field);
});

test('a job follows its new target into its line, unless it waited in another', () => {
  const url = 'http://b.test/y';
  assert.equal(resent({}, { url }).queue, 'http://b.test');
  assert.equal(resent({ queue: 'mine' }, { url }).queue, 'mine');
  assert.equal(resent({ queue: 'mine' }, { url, queue: 'other' }).queue, 'other');
});

test('headers that are named take the place of the old ones, and null takes them away', () => {
  const headers = { 'X-A': '1', 'x-b': '2', 'content-type': 'text/plain' };
  const job = resent({ headers }, { headers: { 'x-a': ['3', '4'], 'X-B': null } });
  assert.deepEqual(headersOf(job), [
    ['content-type', 'text/plain'],
    ['x-a', '3'],
    ['x-a', '4'],
  ]);
  const typed = resent({ headers }, {}, 'application/json');
  assert.deepEqual(headersOf(typed).at(-1), ['content-type', 'application/json']);
  assert.equal(headersOf(typed).length, 3);
  const own = resent({ headers }, { headers: [['Content-Type', 'text/x']] }, 'application/json');
  assert.deepEqual(headersOf(own).at(-1), ['Content-Type', 'text/x']);
});

test('mistakes are refused with their field', () => {
  const refused = (edits: object, code: string, field: string): void =>
    assert.throws(() => resent({}, edits), { code, field });
  refused({ args: ['x'] }, 'invalid_field', 'args');
  refused({ ulr: 'x' }, 'unknown_field', 'ulr');
  refused({ headers: 5 }, 'invalid_field', 'headers');
  refused({ headers: [5] }, 'invalid_header_name', '`5`');
  refused({ timeout: 'long' }, 'invalid_duration', 'timeout');
  assert.throws(() => resent({}, { url: 'ftp://x/' }), { code: 'scheme_not_allowed' });
  assert.throws(() => resent({}, { headers: { 'x y': '1' } }), { code: 'invalid_header_name' });
});
