import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Column, table } from './table.ts';

interface Row {
  readonly name: string;
  readonly count: number;
}

const columns: readonly Column<Row>[] = [
  { title: 'NAME', cell: ({ name }) => name, isFlexible: true },
  { title: 'N', cell: ({ count }) => String(count), isRight: true, paint: (text) => `<${text}>` },
];
const rows = [
  { name: 'a', count: 5 },
  { name: 'a-very-long-name-that-does-not-fit', count: 1_000 },
];
const paintTitle = (title: string): string => title.toLowerCase();

test('on a terminal columns are aligned, painted, and the flexible one gives way', () => {
  const lines = table(columns, rows, { width: 25, paintTitle }).split('\n');
  assert.equal(lines[0], 'name                    n');
  assert.equal(lines[1], 'a                       <5>');
  assert.equal(lines[2], 'a-very-long-name-t…  <1000>');
});

test('for a program there is no title, no colour and nothing cut off', () => {
  assert.equal(
    table(columns, rows, { width: undefined, paintTitle }),
    'a\t5\na-very-long-name-that-does-not-fit\t1000\n',
  );
});
