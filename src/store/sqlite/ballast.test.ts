import assert from 'node:assert/strict';
import { mkdtemp, readdir, rm, stat, truncate } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { limits } from '../../limits.ts';
import { Ballast } from './ballast.ts';

test('what is in reserve takes its whole room, survives its process, and is given up', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'sendoff-ballast-'));
  try {
    const path = join(folder, 's.db.ballast');
    await new Ballast(join(folder, 's.db')).reserve(true);
    const { size, blocks, mtimeMs, mode } = await stat(path);
    assert.deepEqual([size, mode & 0o777], [limits.ballastBytes, 0o600]);
    assert.ok(blocks * 512 >= limits.ballastBytes, 'it is no hole');
    const next = new Ballast(join(folder, 's.db'));
    await Promise.all([next.reserve(true), next.reserve(true)]);
    assert.equal((await stat(path)).mtimeMs, mtimeMs);
    await Promise.all([next.reserve(false), next.reserve(false)]);
    assert.deepEqual(await readdir(folder), []);
    await next.reserve(true);
    await truncate(path, 5);
    await new Ballast(join(folder, 's.db')).reserve(true);
    assert.equal((await stat(path)).size, limits.ballastBytes);
  } finally {
    await rm(folder, { recursive: true });
  }
});
