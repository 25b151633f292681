// Real deaths: a process that hands over and settles as fast as it can is killed, and everything
// that it had been promised must be in the store that the next process opens.

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { test } from 'node:test';
import { NOW } from '../contract/sample.ts';
import { openSqliteStore } from './sqlite-store.ts';

const LINES_BEFORE_DEATH = [1, 400, 3_000];

/** Runs until it has said `lines` lines, then dies; every whole line it said. */
async function runAndKill(path: string, lines: number): Promise<string[]> {
  const program = new URL('../contract/sqlite/crash-load.ts', import.meta.url).pathname;
  const child = spawn(process.execPath, [program, path], { stdio: ['ignore', 'pipe', 'inherit'] });
  const said: string[] = [];
  const exited = once(child, 'exit');
  for await (const line of createInterface({ input: child.stdout })) {
    said.push(line);
    if (said.length === lines) child.kill('SIGKILL');
  }
  await exited;
  // The last line may have been cut.
  return said.filter((line) => line.endsWith('.'));
}

test('nothing acknowledged is lost when the process is killed', { timeout: 180_000 }, async () => {
  const folder = await mkdtemp(join(tmpdir(), 'sendoff-crash-'));
  const path = join(folder, 's.db');
  const expected = new Map<string, string>();
  for (const lines of LINES_BEFORE_DEATH) {
    for (const line of await runAndKill(path, lines)) {
      const [what, id] = line.slice(0, -1).split(' ') as [string, string];
      expected.set(id, what);
    }
  }
  const store = await openSqliteStore(path);
  await store.rescue({ now: NOW, keepFailedMs: 1 });
  const ids = [...expected.keys()];
  const rows = await store.get(ids);
  const lost = ids.filter((_, i) => rows[i] === undefined);
  assert.deepEqual(lost, []);
  const unsettled = ids.filter(
    (id, i) => expected.get(id) === 'settled' && rows[i]!.state !== 'succeeded',
  );
  assert.deepEqual(unsettled, []);
  await store.close();
  await rm(folder, { recursive: true });
});
