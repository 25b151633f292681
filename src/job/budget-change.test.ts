import assert from 'node:assert/strict';
import { test } from 'node:test';
import { checkBudgetChange } from './budget-change.ts';

test('values are set, null takes one away, and what is undefined is not said', () => {
  const change = { concurrency: 5, rate: null, burst: undefined, onFailure: 'skip', pin: true };
  const { burst: _, ...said } = change;
  assert.deepEqual(checkBudgetChange(change, 'queue'), said);
  assert.deepEqual(checkBudgetChange({ pin: false }, 'limit'), { pin: false });
});

test('what is wrong is refused by the name of its field', () => {
  const refused = [
    [{ concurency: 5 }, 'unknown_field', 'concurency'],
    [{ concurency: null }, 'unknown_field', 'concurency'],
    [{ concurrency: 0 }, 'number_out_of_range', 'concurrency'],
    [{ concurrency: '5' }, 'invalid_field', 'concurrency'],
    [{ burst: 1.5 }, 'number_out_of_range', 'burst'],
    [{ rate: 7 }, 'invalid_field', 'rate'],
    [{ rate: '7/8d' }, 'invalid_duration', 'rate'],
    [{ rate: '7/500ms' }, 'invalid_duration', 'rate'],
    [{ order: 'fifo' }, 'invalid_field', 'order'],
    [{ onFailure: 'stop' }, 'invalid_field', 'onFailure'],
    [{ order: 'strict', concurrency: 2 }, 'invalid_field', 'concurrency'],
    [{ pin: 'yes' }, 'invalid_field', 'pin'],
    [{}, 'invalid_field', undefined],
    [{ rate: undefined }, 'invalid_field', undefined],
    [[], 'invalid_json_type', undefined],
    [null, 'invalid_json_type', undefined],
  ] as const;
  for (const [value, code, field] of refused) {
    assert.throws(
      () => checkBudgetChange(value, 'queue'),
      { code, field, message: /Expected|did you mean/ },
      JSON.stringify(value),
    );
  }
});

test('a limit has no order', () => {
  assert.throws(() => checkBudgetChange({ order: 'strict' }, 'limit'), {
    code: 'unknown_field',
    field: 'order',
  });
});
