import assert from 'node:assert/strict';
import { test } from 'node:test';
import { checkFilter } from './job-filter.ts';

const context = { now: 0, states: ['failed'], allowed: ['failed', 'cancelled'] } as const;

test('a filter narrows by every field that it names', () => {
  const filter = { url: '/orders', reason: 'exhausted', status: 503, queue: 'q' };
  assert.deepEqual(checkFilter(filter, context), { ...filter, states: ['failed'] });
  assert.deepEqual(checkFilter({ all: true }, context), { states: ['failed'] });
});

test('what says nothing, or what nobody can be, is refused: all jobs are said by `all`', () => {
  for (const [filter, field] of [
    [{}, 'filter'],
    [{ queue: undefined }, 'filter'],
    [{ url: '' }, 'filter.url'],
    [{ error: '' }, 'filter.error'],
    [{ reason: '' }, 'filter.reason'],
    [{ reason: 'nope' }, 'filter.reason'],
    [{ queue: '' }, 'filter.queue'],
    [{ tag: '' }, 'filter.tag'],
    [{ ids: [] }, 'filter.ids'],
    [{ all: false }, 'filter.all'],
    [{ all: true, url: 'x' }, 'filter.all'],
    [{ state: 'pending' }, 'filter.state'],
  ] as const) {
    assert.throws(() => checkFilter(filter, context), { field }, JSON.stringify(filter));
  }
});
