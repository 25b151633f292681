import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { firstNames } from './first-names.ts';

test('pages of names come in the order of their bytes, each name once', () => {
  const name = fc.string({ unit: 'binary', maxLength: 6 });
  fc.assert(
    fc.property(fc.uniqueArray(name, { maxLength: 60 }), fc.integer({ min: 1, max: 9 }), walk),
  );
  walk(['\u{1f600}', '\uffff', 'z', 'a', 'é'], 2);
});

function walk(names: readonly string[], count: number): void {
  const paged: string[] = [];
  for (let after = ''; ; ) {
    const page = firstNames(names, { after, count });
    paged.push(...page);
    if (page.length < count) break;
    after = page.at(-1) as string;
  }
  const bytes = names.filter((name) => name !== '').map((name) => Buffer.from(name));
  assert.deepEqual(paged, bytes.toSorted(Buffer.compare).map(String));
}
