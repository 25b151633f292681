import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { SendoffError } from '../errors.ts';
import { limits } from '../limits.ts';
import { parseExpression } from './retry-expression.ts';

function computed(text: string, retried = 0): number {
  return parseExpression(text, 'retry.expression')(retried);
}

test('an expression is computed as it would be by hand', () => {
  const table: readonly (readonly [string, number, number])[] = [
    ['1000', 0, 1_000],
    ['.5e3', 0, 500],
    ['retried', 7, 7],
    ['1 + 2 * 3', 0, 7],
    ['(1 + 2) * 3', 0, 9],
    ['10 - 4 - 3', 0, 3],
    ['100 / 10 / 5', 0, 2],
    ['7 % 4 * 2', 0, 6],
    ['-retried + 10', 4, 6],
    ['2 - -3', 0, 5],
    ['- - 2 * + 3', 0, 6],
    ['pow(2, retried) * 1000', 3, 8_000],
    ['min(86400000, exp(2.5 * (retried + 1)) * 1000)', 0, Math.exp(2.5) * 1_000],
    ['max(1, retried, 3)', 2, 3],
    ['min(5)', 0, 5],
    ['floor(2.7) + ceil(2.2) + round(2.5) + abs(-4) + sqrt(9)', 0, 2 + 3 + 3 + 4 + 3],
  ];
  for (const [text, retried, value] of table) assert.equal(computed(text, retried), value, text);
});

test('what cannot be read is refused with its place and what was expected there', () => {
  const table: readonly (readonly [string, RegExp])[] = [
    ['', /a number, `retried`, `\(` or one of pow.* at character 1, got its end$/],
    ['1 +', /at character 4, got its end$/],
    ['1 + * 2', /at character 5, got `\*`$/],
    ['1 2', /an operator or the end at character 3, got `2`$/],
    ['(1 + 2', /an operator or `\)` at character 7, got its end$/],
    ['1)', /an operator or the end at character 2, got `\)`$/],
    ['pow 2', /`\(` after `pow` at character 5, got `2`$/],
    ['pow(2)', /2 for `pow` at character 6, got `1`$/],
    ['sqrt(1, 2)', /1 for `sqrt` at character 10, got `2`$/],
    ['min()', /at character 5, got `\)`$/],
    ['attempt * 2', /at character 1, got `attempt`$/],
    ['process.exit(1)', /at character 1, got `process`$/],
    ['retried.constructor', /an operator or the end at character 8, got `\.`$/],
    ['toString()', /at character 1, got `toString`$/],
  ];
  for (const [text, message] of table) {
    assert.throws(() => computed(text), { code: 'invalid_field', message }, text);
  }
});

test('long and deep expressions are refused', () => {
  const long = `1${' + 1'.repeat(limits.expressionCharacters)}`;
  assert.throws(() => computed(long), /to be at most 256 characters/);
  const nested = (levels: number): string => `${'('.repeat(levels)}1${')'.repeat(levels)}`;
  assert.equal(computed(nested(limits.expressionDepth)), 1);
  assert.throws(
    () => computed(nested(limits.expressionDepth + 1)),
    /nothing deeper than 32 levels/,
  );
  assert.throws(() => computed(`${'-'.repeat(100)}1`), /nothing deeper/);
});

test('any text is either refused with a place or gives a number', () => {
  const pieces = fc.constantFrom(
    ...['retried', 'pow', 'min', 'sqrt', '(', ')', ',', '+', '-', '*', '/', '%', '1', '0', '.5'],
    ...[' ', 'x', 'e', '1e9', '**', '\u0000', '"', 'constructor', '__proto__'],
  );
  const text = fc.oneof(
    fc.array(pieces, { maxLength: 40 }).map((list) => list.join('')),
    fc.string({ maxLength: 300 }),
  );
  fc.assert(
    fc.property(text, fc.nat(1_000), (given, retried) => {
      try {
        assert.equal(typeof computed(given, retried), 'number');
      } catch (error) {
        assert.ok(error instanceof SendoffError);
        assert.equal(error.code, 'invalid_field');
      }
    }),
    { numRuns: 2_000 },
  );
});

/** An expression and the same for JavaScript, which serves as the oracle. */
interface Written {
  readonly ours: string;
  readonly js: string;
}

const written = fc.letrec<{ node: Written }>((tie) => ({
  node: fc.oneof(
    { maxDepth: 4, withCrossShrink: true },
    fc.nat(100).map((n) => ({ ours: `${n}`, js: `${n}` })),
    fc.constant({ ours: 'retried', js: 'retried' }),
    fc
      .tuple(fc.constantFrom('+', '-', '*', '/', '%'), tie('node'), tie('node'))
      .map(([sign, a, b]) => ({
        ours: `(${a.ours} ${sign} ${b.ours})`,
        js: `(${a.js} ${sign} ${b.js})`,
      })),
    fc
      .tuple(fc.constantFrom('pow', 'min', 'max'), tie('node'), tie('node'))
      .map(([name, a, b]) => ({
        ours: `${name}(${a.ours},${b.ours})`,
        js: `Math.${name}(${a.js},${b.js})`,
      })),
    fc
      .tuple(fc.constantFrom('sqrt', 'abs', 'exp', 'floor', 'ceil', 'round'), tie('node'))
      .map(([name, a]) => ({ ours: `${name}( ${a.ours} )`, js: `Math.${name}(${a.js})` })),
    tie('node').map((a) => ({ ours: `-${a.ours}`, js: `(- ${a.js})` })),
  ),
})).node;

test('every expression gives what JavaScript makes of it', () => {
  fc.assert(
    fc.property(written, fc.nat(20), ({ ours, js }, retried) => {
      fc.pre(ours.length <= limits.expressionCharacters);
      const oracle = new Function('retried', `return ${js}`) as (retried: number) => number;
      assert.equal(computed(ours, retried), oracle(retried));
    }),
    { numRuns: 1_000 },
  );
});
