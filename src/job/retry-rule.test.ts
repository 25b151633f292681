import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ATTEMPT_ERRORS, ERROR_CLASSES } from './attempt-error.ts';
import type { RetryRule } from './job.ts';
import { checkRules, ruleFor } from './retry-rule.ts';

function rulesOf(...rules: object[]): readonly RetryRule[] {
  return checkRules(rules, 'retry.rules');
}

test('the first rule that fits decides', () => {
  const rules = rulesOf(
    { status: 429, do: 'retry', limit: 50 },
    { status: ['400-499', 501], do: 'never' },
    { error: ['dns', 'refused'], do: 'retry', delays: ['1s'] },
    { sent: true, do: 'never' },
  );
  const place = (judged: Parameters<typeof ruleFor>[1]): number => {
    const rule = ruleFor(rules, judged);
    return rule === undefined ? -1 : rules.indexOf(rule);
  };
  const answered = (status: number): number => place({ status, error: 'status', isSent: true });
  assert.deepEqual([429, 400, 404, 499, 501, 500, 503].map(answered), [0, 1, 1, 1, 1, 3, 3]);
  assert.equal(place({ error: 'dns_timeout', isSent: false }), 2);
  assert.equal(place({ error: 'refused', isSent: false }), 2);
  assert.equal(place({ error: 'reset', isSent: true }), 3);
  assert.equal(place({ error: 'reset', isSent: false }), -1);
});

test('`timeout` is the class of all that took too long', () => {
  const rules = rulesOf({ error: 'timeout', do: 'never' });
  const fitting = ATTEMPT_ERRORS.filter((error) => ruleFor(rules, { error, isSent: true }));
  assert.deepEqual([...fitting].sort(), [...ERROR_CLASSES.timeout].sort());
});

test('a rule without conditions fits every result', () => {
  const rules = rulesOf({ do: 'never' });
  assert.equal(ruleFor(rules, { status: 302, error: 'redirect', isSent: true }), rules[0]);
  assert.equal(ruleFor(rules, { error: 'dns_failed', isSent: false }), rules[0]);
});

test('a rule is refused with its place, what was expected and what came', () => {
  const table: readonly (readonly [rule: unknown, message: RegExp])[] = [
    [5, /`retry\.rules\[0\]` to be an object, got `5`/],
    [{}, /`retry\.rules\[0\]\.do` to be `retry` or `never`, got `undefined`/],
    [{ do: 'always' }, /do` to be `retry` or `never`, got `always`/],
    [{ staus: 429, do: 'never' }, /did you mean `retry\.rules\[0\]\.status`/],
    [{ status: 200, do: 'never' }, /from 300 to 599 or a range.*2xx is always.*got `200`/],
    [{ status: '200-299', do: 'never' }, /got `200-299`/],
    [{ status: '599-500', do: 'never' }, /got `599-500`/],
    [{ status: '5xx', do: 'never' }, /got `5xx`/],
    [{ status: 429.5, do: 'never' }, /got `429\.5`/],
    [{ status: [], do: 'never' }, /`retry\.rules\[0\]\.status` to be one, or a list of 1 to 50/],
    [{ status: [429, 'x'], do: 'never' }, /`retry\.rules\[0\]\.status\[1\]`/],
    [{ error: 'refusd', do: 'never' }, /got `refusd`; did you mean `refused`\?/],
    [{ error: 'status', do: 'never' }, /connection, dns, tls, timeout, protocol, policy, start/],
    [{ error: ['dns', 7], do: 'never' }, /`retry\.rules\[0\]\.error\[1\]`/],
    [{ status: 429, error: 'dns', do: 'never' }, /`status` or `error`, got both/],
    [{ status: 429, sent: false, do: 'retry' }, /no `sent: false`/],
    [{ sent: 1, do: 'retry' }, /`retry\.rules\[0\]\.sent` to be true or false, got `1`/],
    [{ do: 'never', limit: 3 }, /no `limit` with `do: never`/],
    [{ do: 'never', base: '3s' }, /no `base` with `do: never`/],
    [{ do: 'retry', limit: -1 }, /`retry\.rules\[0\]\.limit` to be a whole number from 0/],
    [{ do: 'retry', expression: '2 *' }, /`retry\.rules\[0\]\.expression` to have .* character 4/],
    [{ do: 'retry', delays: ['1s'], base: 1 }, /`retry\.rules\[0\]` without `base`/],
  ];
  for (const [rule, message] of table) {
    assert.throws(() => checkRules([rule], 'retry.rules'), message, JSON.stringify(rule));
  }
});

test('rules are a list of bounded length', () => {
  assert.throws(() => checkRules({ do: 'never' }, 'retry.rules'), /a list of at most 20 rules/);
  const many = Array.from({ length: 21 }, () => ({ do: 'never' }));
  assert.throws(() => checkRules(many, 'retry.rules'), /got `array of 21`/);
  assert.equal(checkRules(many.slice(1), 'retry.rules').length, 20);
});

test('a rule keeps what it says and nothing else', () => {
  assert.deepEqual(rulesOf({ status: ['429', '500-599'], do: 'retry', backoff: 'fixed' }), [
    {
      statuses: [
        [429, 429],
        [500, 599],
      ],
      do: 'retry',
      backoff: { kind: 'fixed', delayMs: 2_000 },
    },
  ]);
  assert.deepEqual(rulesOf({ sent: false, do: 'retry', limit: 3 }), [
    { isSent: false, do: 'retry', limit: 3 },
  ]);
});
