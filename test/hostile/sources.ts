// The names of tests as their files write them, to hold the catalogue against.

import { globSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { catalogue } from './catalogue.ts';

export const root: string = fileURLToPath(new URL('../../', import.meta.url));

export interface NamedTest {
  readonly file: string;
  /** As written: `${…}` stands for any text. */
  readonly name: string;
}

/** The tests that try a row; none where it waits for something. */
export function testsOf(row: string): NamedTest[] {
  const coverage = catalogue[row];
  if (coverage === 'here') return localTests().filter(({ name }) => namesRow(name, row));
  return Array.isArray(coverage) ? coverage.map(parse) : [];
}

/** Sections in the order of the catalogue, and their rows. */
export function sections(): ReadonlyMap<string, readonly string[]> {
  return Map.groupBy(Object.keys(catalogue), (row) => row[0] as string);
}

/** Every test name that the file writes. */
export function testNames(file: string): string[] {
  const text = readFileSync(root + file, 'utf8');
  const found = text.matchAll(/^\s*test\(\s*(['`"])((?:\\.|(?!\1)[^\\])*)\1/gms);
  return [...found].map(([, , name]) => (name as string).replaceAll('\\', ''));
}

let local: NamedTest[] | undefined;

function localTests(): NamedTest[] {
  local ??= globSync('test/hostile/*.test.ts', { cwd: root }).flatMap((file) =>
    testNames(file).map((name) => ({ file, name })),
  );
  return local;
}

function parse(text: string): NamedTest {
  const at = text.indexOf(': ');
  return { file: text.slice(0, at), name: text.slice(at + 2) };
}

/** `(U01-U52, H09)` names U09-11 and H09. */
function namesRow(name: string, row: string): boolean {
  const ids = /\(([A-Z]\d\d[^()]*)\)$/.exec(name)?.[1]?.split(', ') ?? [];
  const [first, last] = span(row);
  return ids.some((id) => {
    const [from, to] = span(id);
    return id[0] === row[0] && from <= first && last <= to;
  });
}

function span(id: string): [first: number, last: number] {
  const [first = 0, last = first] = id.match(/\d+/g)?.map(Number) ?? [];
  return [first, last];
}
