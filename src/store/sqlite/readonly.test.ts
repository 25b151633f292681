import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { chmod, chown, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { promisify } from 'node:util';
import { openSqliteStore } from './sqlite-store.ts';

/** Root may write everywhere, so somebody else tries. */
const NOBODY = 65_534;

/** The code with which another user's process fails to open the store. */
async function openAsNobody(path: string): Promise<string> {
  const code = `
    const { openSqliteStore } = await import(process.argv[1]);
    const error = await openSqliteStore(process.argv[2]).then(() => ({ code: 'opened' }), (e) => e);
    console.log(error.code, error.message);
    process.exit();`;
  const module = new URL('./sqlite-store.ts', import.meta.url).href;
  const isRoot = process.getuid?.() === 0;
  const { stdout } = await promisify(execFile)(
    process.execPath,
    ['--input-type=module', '-e', code, module, path],
    isRoot ? { uid: NOBODY, gid: NOBODY } : {},
  );
  return stdout;
}

test('a store that cannot be written is refused at once, with its name', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'sendoff-readonly-'));
  const path = join(folder, 's.db');
  await (await openSqliteStore(path)).close();
  if (process.getuid?.() === 0) {
    for (const each of [folder, path]) await chown(each, NOBODY, NOBODY);
  }
  await chmod(path, 0o400);
  assert.match(await openAsNobody(path), /^store_readonly .*s\.db/);
  await chmod(path, 0o600);
  await chmod(folder, 0o500);
  assert.match(await openAsNobody(path), /^store_readonly .*s\.db/);
  assert.match(await openAsNobody(join(folder, 'new.db')), /^store_readonly .*new\.db/);
  await chmod(folder, 0o700);
  await rm(folder, { recursive: true });
});
