// Runs every test that the catalogue names and prints, section by section, how many rows were tried
// and how many came out as expected. A row is as expected when all of its tests are.

import { relative } from 'node:path';
import { run } from 'node:test';
import { catalogue } from './catalogue.ts';
import { type NamedTest, root, sections, testsOf } from './sources.ts';

const named = Object.keys(catalogue).flatMap(testsOf);
const files = [...new Set(named.map(({ file }) => file))];
const ran: (NamedTest & { readonly isGood: boolean })[] = [];

const stream = run({ files: files.map((file) => root + file), concurrency: 2, timeout: 120_000 });
stream.on('test:pass', ({ file, name, skip }) => {
  if (skip === undefined) note(file, name, true);
});
stream.on('test:fail', ({ file, name }) => note(file, name, false));
for await (const _ of stream.resume());

let isGood = true;
for (const [section, rows] of sections()) {
  const tried = rows.filter((row) => testsOf(row).length > 0);
  const wrong = tried.filter((row) => !testsOf(row).every(wentWell));
  const counts = `${tried.length} rows tried, ${tried.length - wrong.length} as expected`;
  const later = rows.filter((row) => !tried.includes(row));
  const rest = later.length === 0 ? '' : `; later: ${later.join(', ')}`;
  console.log(
    `${section}  ${counts}${wrong.length > 0 ? `; not: ${wrong.join(', ')}` : ''}${rest}`,
  );
  isGood &&= wrong.length === 0;
}
process.exitCode = isGood ? 0 : 1;

function note(file: string | undefined, name: string, isGood: boolean): void {
  if (file !== undefined) ran.push({ file: relative(root, file), name, isGood });
}

/** It ran at least once under this name, and every time well. */
function wentWell({ file, name }: NamedTest): boolean {
  const parts = name.split(/\$\{[^}]*\}/).map((part) => RegExp.escape(part));
  const pattern = new RegExp(`^${parts.join('.*')}$`, 's');
  const runs = ran.filter((one) => one.file === file && pattern.test(one.name));
  return runs.length > 0 && runs.every((one) => one.isGood);
}
