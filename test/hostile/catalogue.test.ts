// Every row of the catalogue is tried somewhere or says why not. `npm run hostile` runs what is
// named here and prints how many rows came out as expected.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { catalogue } from './catalogue.ts';
import { sections, testNames, testsOf } from './sources.ts';

/** The rows there are. */
const rows: Readonly<Record<string, string>> = {
  A: '01 02 04 05 06 07 09 10 11 12 14 15 16 17 19 20 21 22 24 25 26 27',
  J: '01 02 03 04 06 07 08 09 11 12 13 14 16',
  U: `01-08 09-11 12-13 19 20-23 24-27 28-30 34-37 38-41 42-46 47-52 57 58-61 62-64 65-68 71 72-75
    76-82 83-86 88-90 91 92 93 95 96 97 98`,
  H: '02 03 04 05 07 08 09 10',
  D: '01 02 03 04 06 07 08 09',
  I: '02 03 04 05 07',
  T: '01 03 04 05 06 08 09 10 11 13 14 15 16 18 19 20',
  P: '01 02 03 04 06 07 08 09 11 12 13 14',
  W: '02 03 04 05 07 08 09 10',
  Z: '01 02 03 05 06 07',
};

test('every row is accounted for, and no other', () => {
  const wanted = Object.entries(rows).flatMap(([section, ids]) =>
    ids.split(/\s+/).map((id) => section + id),
  );
  assert.deepEqual(Object.keys(catalogue), wanted);
});

test('every test that the catalogue names exists', () => {
  const known = new Map<string, readonly string[]>();
  for (const [row, coverage] of Object.entries(catalogue)) {
    if (typeof coverage === 'object' && 'later' in coverage) continue;
    const tests = testsOf(row);
    assert.ok(tests.length > 0, `${row} has no test`);
    for (const { file, name } of tests) {
      if (!known.has(file)) known.set(file, testNames(file));
      assert.ok(known.get(file)?.includes(name), `${row}: ${file} has no test "${name}"`);
    }
  }
});

test('the catalogue says how many rows are tried', (t) => {
  for (const [section, ids] of sections()) {
    const tried = ids.filter((row) => testsOf(row).length > 0);
    const here = tried.filter((row) => catalogue[row] === 'here');
    t.diagnostic(`${section}: ${tried.length} of ${ids.length} rows tried, ${here.length} here`);
    assert.ok(tried.length > 0);
  }
});
