import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { promisify } from 'node:util';
import { openSqliteStore } from './sqlite-store.ts';

/** Root may write everywhere, so it tries without that right. */
const WITHOUT_THE_RIGHT = ['setpriv', '--bounding-set', '-dac_override,-dac_read_search'];

/** The code with which a process that may not write fails to open the store. */
async function openUnable(path: string): Promise<string> {
  const code = `
    const { openSqliteStore } = await import(process.argv[1]);
    const error = await openSqliteStore(process.argv[2]).then(() => ({ code: 'opened' }), (e) => e);
    console.log(error.code, error.message);
    process.exit();`;
  const module = new URL('./sqlite-store.ts', import.meta.url).href;
  const isRoot = process.getuid?.() === 0;
  const words = [process.execPath, '--input-type=module', '-e', code, module, path];
  const [file = '', ...args] = isRoot ? [...WITHOUT_THE_RIGHT, ...words] : words;
  const { stdout } = await promisify(execFile)(file, args);
  return stdout;
}

test('a store that cannot be written is refused at once, with its name', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'sendoff-readonly-'));
  const path = join(folder, 's.db');
  await (await openSqliteStore(path)).close();
  await chmod(path, 0o400);
  assert.match(await openUnable(path), /^store_readonly .*s\.db/);
  await chmod(path, 0o600);
  await chmod(folder, 0o500);
  assert.match(await openUnable(path), /^store_readonly .*s\.db/);
  assert.match(await openUnable(join(folder, 'new.db')), /^store_readonly .*new\.db/);
  await chmod(folder, 0o700);
  await rm(folder, { recursive: true });
});
