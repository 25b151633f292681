import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { socketPathOf, takeLock } from './lock.ts';

const folder = mkdtempSync(join(tmpdir(), 'sendoff-lock-'));
after(() => rmSync(folder, { recursive: true }));

/** A process that takes the lock and then sleeps. */
async function holder(path: string) {
  const module = JSON.stringify(new URL('./lock.ts', import.meta.url).href);
  const code = `
    const { takeLock } = await import(${module});
    globalThis.lock = takeLock(${JSON.stringify(path)});
    console.log('held');
    setInterval(() => {}, 1000);`;
  const child = spawn(process.execPath, ['--input-type=module', '-e', code], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  await once(child.stdout, 'data');
  return child;
}

test('one process holds a store; another is told where the owner listens', async () => {
  const path = join(folder, 'two.db');
  const child = await holder(path);
  assert.throws(
    () => takeLock(path),
    (error: Error & { code: string }) => {
      assert.equal(error.code, 'store_locked');
      assert.ok(error.message.includes(`${path}.lock`), error.message);
      assert.ok(error.message.includes(`${path}.sock`), error.message);
      return true;
    },
  );
  child.kill('SIGKILL');
  await once(child, 'exit');
  takeLock(path).release();
});

test('one process cannot hold a store twice, not even by another name', () => {
  const path = join(folder, 'once.db');
  writeFileSync(path, '');
  symlinkSync(path, join(folder, 'link.db'));
  const lock = takeLock(path);
  assert.throws(() => takeLock(path), { code: 'store_locked' });
  assert.throws(() => takeLock(join(folder, 'link.db')), { code: 'store_locked' });
  // A refused attempt must not have given the lock away.
  assert.throws(() => takeLock(path), { code: 'store_locked' });
  lock.release();
  lock.release();
  takeLock(path).release();
});

test('a refused attempt in this process does not open the door to others', async () => {
  const path = join(folder, 'kept.db');
  const child = await holder(path);
  assert.throws(() => takeLock(path), { code: 'store_locked' });
  assert.throws(() => takeLock(path), { code: 'store_locked' });
  child.kill('SIGKILL');
  await once(child, 'exit');
});

test('the lock is nobody else’s business', () => {
  const lock = takeLock(join(folder, 'mode.db'));
  assert.equal(statSync(join(folder, 'mode.db.lock')).mode & 0o777, 0o600);
  lock.release();
});

test('a socket path that is too long becomes a hashed name in the temp folder', () => {
  const long = `/${'d'.repeat(120)}/s.db`;
  assert.equal(socketPathOf('/var/lib/s.db'), '/var/lib/s.db.sock');
  assert.match(socketPathOf(long), /sendoff-[0-9a-f]{16}\.sock$/);
  assert.equal(socketPathOf(long), socketPathOf(long));
  assert.notEqual(socketPathOf(long), socketPathOf(`${long}x`));
});

test('a lock that is no lock, and a missing folder, are refused', () => {
  writeFileSync(
    join(folder, 'text.db.lock'),
    'not a database, whatever its name says\n'.repeat(40),
  );
  assert.throws(() => takeLock(join(folder, 'text.db')), { code: 'not_a_sendoff_store' });
  assert.throws(() => takeLock(join(folder, 'no/s.db')), { code: 'not_a_sendoff_store' });
});
