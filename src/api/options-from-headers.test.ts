import assert from 'node:assert/strict';
import { test } from 'node:test';
import { DELIVERY_FIELDS } from '../job/delivery-fields.ts';
import { addOptions } from './options-from-headers.ts';

function fieldsOf(lines: Record<string, string>): Record<string, unknown> {
  const fields = {};
  addOptions(fields, { path: '', query: '', options: Object.entries(lines) });
  return fields;
}

test('every option of delivery has a header of its name', () => {
  for (const field of DELIVERY_FIELDS) {
    const header = `sendoff-${field.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
    assert.notEqual(fieldsOf({ [header]: '1' })[field], undefined, header);
  }
});

test('what is said of a queue and a limit stands beside their names', () => {
  const fields = fieldsOf({
    'sendoff-queue-rate': '7/s',
    'sendoff-queue': 'mail',
    'sendoff-queue-concurrency': '5',
    'sendoff-queue-burst': '2',
    'sendoff-queue-order': 'strict',
    'sendoff-queue-on-failure': 'park',
    'sendoff-limit': 'shared',
    'sendoff-limit-rate': '100/5m',
    'sendoff-limit-concurrency': '3',
    'sendoff-limit-burst': '4',
  });
  assert.deepEqual(fields, {
    queue: {
      ...{ name: 'mail', rate: '7/s', concurrency: 5, burst: 2 },
      ...{ order: 'strict', onFailure: 'park' },
    },
    limit: { key: 'shared', rate: '100/5m', concurrency: 3, burst: 4 },
  });
});

test('names alone stay text, and a queue needs none', () => {
  assert.deepEqual(fieldsOf({ 'sendoff-queue': '7', 'sendoff-limit': 'k' }), {
    queue: '7',
    limit: 'k',
  });
  assert.deepEqual(fieldsOf({ 'sendoff-queue-concurrency': '1' }), { queue: { concurrency: 1 } });
});

test('a limit without its key, a header twice and an unknown one are refused', () => {
  assert.throws(() => fieldsOf({ 'sendoff-limit-rate': '7/s' }), {
    code: 'invalid_field',
    field: 'limit',
    message: /`sendoff-limit`/,
  });
  const twice = { path: '', query: '', options: [] as [string, string][] };
  twice.options.push(['sendoff-queue-rate', '1/s'], ['sendoff-queue-rate', '2/s']);
  assert.throws(() => addOptions({}, twice), { code: 'invalid_field', field: 'queue' });
  assert.throws(() => fieldsOf({ 'sendoff-queue-rat': '1/s' }), {
    code: 'unknown_field',
    message: /did you mean `sendoff-queue-rate`/,
  });
});
