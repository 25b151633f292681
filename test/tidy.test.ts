// Guards the parts of the house that drift: who imports whom, sizes, names, where time comes from.
// It reads the sources with the compiler's own parser. There is no list of exceptions; a test that
// fails here asks for a split or a better name.

import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { describe, test } from 'node:test';
import { mayImport, namesStores, roomOf, storeOf } from './tidy/floors.ts';
import { readSources, root, type Source } from './tidy/sources.ts';

const LONGEST_FILE_LINES = 300;
const LONGEST_FUNCTION_LINES = 60;
const LONGEST_LINE_COLUMNS = 100;

const sources = readSources();
const product = sources.filter((source) => source.path.startsWith('src/'));
const shipped = product.filter((source) => !source.isTest);
const manifest = readJson('package.json');
const peers = Object.keys(manifest.peerDependencies ?? {});
const dependencies = [...Object.keys(manifest.dependencies ?? {}), ...peers];

describe('floors', () => {
  test('every file in src/ belongs to a room of the table', () => {
    nothing(product.filter(({ path }) => !mayImport[roomOf(path)]).map(({ path }) => path));
  });

  test('a room imports only what the table allows', () => {
    nothing(shipped.flatMap((source) => importsOutside(source, allowed(source))));
  });

  test('a test imports its own room and what lies below it', () => {
    const tests = product.filter(({ isTest }) => isTest);
    nothing(tests.flatMap((source) => importsOutside(source, allowed(source))));
  });

  test('only the wiring names a concrete store, and stores do not name each other', () => {
    nothing(shipped.flatMap(storesNamed));
  });

  test('sendoff.ts is types only', () => {
    const contract = product.find(({ path }) => path === 'src/sendoff.ts');
    assert.equal(contract?.isTypesOnly, true);
  });

  test('what ships imports runtime dependencies only', () => {
    nothing(
      shipped.flatMap(({ path, packages }) =>
        packages.filter((name) => !dependencies.includes(name)).map((name) => `${path}: ${name}`),
      ),
    );
  });
});

describe('sizes', () => {
  test(`a file has at most ${LONGEST_FILE_LINES} lines`, () => {
    const long = sources.filter(({ lines }) => lines.length > LONGEST_FILE_LINES);
    nothing(long.map(({ path, lines }) => `${path}: ${lines.length} lines`));
  });

  test(`a function has at most ${LONGEST_FUNCTION_LINES} lines`, () => {
    nothing(sources.flatMap(longFunctions));
  });

  test(`a line has at most ${LONGEST_LINE_COLUMNS} columns`, () => {
    const order = /^\s*\/\/ biome-ignore /;
    const isLong = (line: string) => line.length > LONGEST_LINE_COLUMNS && !order.test(line);
    nothing(linesWhere(sources, isLong));
  });
});

describe('names', () => {
  test('a file is named in kebab-case by what it does', () => {
    const vague = /^(utils?|helpers?|common|base|managers?|services?|types)$/;
    const isWellNamed = (part: string) =>
      /^[a-z0-9]+(-[a-z0-9]+)*$/.test(part) && !vague.test(part);
    const parts = (path: string) => path.replace(/(\.test)?\.ts$/, '').split('/');
    nothing(sources.map(({ path }) => path).filter((path) => !parts(path).every(isWellNamed)));
  });

  test('the project speaks of itself alone: no ticket numbers, no paths of one machine', () => {
    const ticket = /(\/\/|^\s*\/?\*)(.*[\s(])?#\d+\b/;
    const machine = /(?<![\w.:])\/(work|root)\//;
    nothing(linesWhere(allTexts(), (line) => ticket.test(line) || machine.test(line)));
  });
});

describe('habits', () => {
  // The command line may wait and spin for a person who looks on; everything else gets a Clock.
  test('time, sleep, chance and ids come from clock.ts alone', () => {
    const free = ['clock', 'cli'];
    nothing(shipped.filter(({ path }) => !free.includes(roomOf(path))).flatMap(clockPassedBy));
  });

  test('nothing is left for later', () => {
    nothing(linesWhere(sources, (line) => /\bTODO\b|\bFIXME\b/.test(line)));
  });

  test('no test is left out or alone', () => {
    const tests = sources.filter(({ isTest }) => isTest);
    nothing(linesWhere(tests, (line) => /\.(only|skip|todo)\(|\b(only|skip|todo): /.test(line)));
  });
});

describe('dependencies', () => {
  test('each has a page in docs/decisions/ that names it', () => {
    const pages = globSync('docs/decisions/*.md', { cwd: root }).map(readText).join('\n');
    nothing(dependencies.filter((name) => !pages.includes(`\`${name}\``)));
  });

  test('none that ships runs a script when it is installed', () => {
    const locked = Object.entries(readJson('package-lock.json').packages ?? {});
    const ships = locked.filter(([, entry]) => !entry.dev && !entry.devOptional);
    nothing(ships.filter(([, entry]) => entry.hasInstallScript).map(([path]) => path));
  });

  test('the lock file names no registry, so that each person uses their own', () => {
    const locked = Object.entries(readJson('package-lock.json').packages ?? {});
    nothing(locked.filter(([, entry]) => entry.resolved).map(([path]) => path));
  });
});

interface Manifest {
  readonly dependencies?: Record<string, string>;
  readonly peerDependencies?: Record<string, string>;
  readonly packages?: Record<string, LockedPackage>;
}

interface LockedPackage {
  readonly dev?: boolean;
  readonly devOptional?: boolean;
  readonly hasInstallScript?: boolean;
  readonly resolved?: string;
}

function nothing(found: readonly string[]): void {
  if (found.length > 0) assert.fail(`Expected none, got ${found.length}:\n${found.join('\n')}`);
}

// A test may use the real things that lie below its room: an engine test opens a SQLite store.
function allowed({ path, isTest }: Source): readonly string[] {
  const room = roomOf(path);
  const below = mayImport[room] ?? [];
  return isTest ? [room, ...below, 'sendoff'] : [room, ...below];
}

function importsOutside({ path, files }: Source, rooms: readonly string[]): string[] {
  const outside = files.filter((file) => !file.startsWith('src/') || !rooms.includes(roomOf(file)));
  return outside.map((file) => `${path} imports ${file}`);
}

function storesNamed({ path, files }: Source): string[] {
  if (namesStores.includes(roomOf(path))) return [];
  const foreign = files.filter((file) => storeOf(file) && storeOf(file) !== storeOf(path));
  return foreign.map((file) => `${path} imports ${file}`);
}

function longFunctions({ path, functions }: Source): string[] {
  const long = functions.filter(({ length }) => length > LONGEST_FUNCTION_LINES);
  return long.map(({ line, length }) => `${path}:${line}: ${length} lines`);
}

const CLOCK_ONLY = [
  ...['Date.now', 'new Date()', 'new Date', 'performance.now', 'process.hrtime'],
  ...['setTimeout', 'setInterval', 'AbortSignal.timeout'],
  ...['Math.random', 'randomInt', 'randomBytes', 'getRandomValues', 'randomUUID', 'randomUUIDv7'],
];

function clockPassedBy({ path, uses }: Source): string[] {
  const passed = uses.filter(({ name }) => CLOCK_ONLY.includes(name));
  return passed.map(({ name, line }) => `${path}:${line}: ${name}`);
}

type Text = Pick<Source, 'path' | 'lines'>;

function linesWhere(texts: readonly Text[], isWrong: (line: string) => boolean): string[] {
  return texts.flatMap(({ path, lines }) =>
    lines.flatMap((line, index) => (isWrong(line) ? [`${path}:${index + 1}: ${line.trim()}`] : [])),
  );
}

function allTexts(): Text[] {
  const patterns = ['*.{md,json}', '{src,test,bench,bin,browser,docs,examples,.ci}/**/*', '.ci/*'];
  const entries = patterns.flatMap((pattern) =>
    globSync(pattern, { cwd: root, withFileTypes: true }),
  );
  const files = entries.filter(
    (entry) => entry.isFile() && basename(entry.name) !== 'tidy.test.ts',
  );
  return files.map(({ parentPath, name }) => {
    const path = `${parentPath}/${name}`.slice(root.length);
    return { path, lines: readText(path).split('\n') };
  });
}

function readText(path: string): string {
  return readFileSync(`${root}${path}`, 'utf8');
}

function readJson(path: string): Manifest {
  return JSON.parse(readText(path));
}
