// Stores that cannot be served, or not any more: one clear line that names the file, an exit code
// that tells a supervisor whether to try again, and nothing of anybody's touched or lost.

import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { copyFileSync, existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { after, before, describe, test } from 'node:test';
import type { JobView, Receipt } from '../src/sendoff.ts';
import { call, callJson } from './support/call.ts';
import { makeFolder, removeFolder } from './support/folder.ts';
import { freePort } from './support/free-port.ts';
import {
  endServers,
  type ServerProcess,
  spawnServer,
  startServer,
} from './support/server-process.ts';
import { mountSmallDisk } from './support/small-disk.ts';
import { startTarget, type TargetServer } from './support/target-server.ts';
import { until } from './support/until.ts';

const MIB = 1_048_576;
const TEMPORARY = 75;
const CONFIGURATION = 78;

const folder = makeFolder('owner');
// More than the room that a server wants to see before it takes work again.
const disk = mountSmallDisk(folder, 640 * MIB);
let target: TargetServer;

before(async () => {
  target = await startTarget((response) => void response.end('done'));
});

after(async () => {
  await endServers();
  await target[Symbol.asyncDispose]();
  disk?.unmount();
  removeFolder(folder);
});

describe('a store that another server has', () => {
  test('is refused to a second one by name, and is free as soon as the first dies', async () => {
    const store = join(folder, 'shared.db');
    const first = await startServer({ store, port: await freePort() });
    const { code, line } = await refusal(store);
    assert.equal(code, TEMPORARY);
    assert.match(line, /shared\.db/);
    assert.match(line, /store_locked/);
    assert.equal((await call(`${first.url}/healthz`)).status, 200);
    await first.end('SIGKILL');
    const second = await startServer({ store, port: await freePort() });
    await second.end('SIGTERM');
  });
});

describe('a file that is no store for this version', () => {
  test('of a newer schema is named and left as it was', async () => {
    const store = join(folder, 'new.db');
    const newer = join(folder, 'newer.db');
    await (await startServer({ store, port: await freePort() })).end('SIGTERM');
    copyFileSync(store, newer);
    const database = new DatabaseSync(newer);
    database.exec('pragma journal_mode = delete; pragma user_version = 99');
    database.close();
    await refusedUntouched(newer, 'store_too_new');
  });

  test('a text file is named and left as it was', async () => {
    const notes = join(folder, 'notes.txt');
    writeFileSync(notes, 'Not a database.\n'.repeat(1_000));
    await refusedUntouched(notes, 'not_a_sendoff_store');
  });

  test('the database of another program is named and left as it was', async () => {
    const other = join(folder, 'other.db');
    const database = new DatabaseSync(other);
    database.exec('create table job (id integer primary key); insert into job values (1)');
    database.close();
    await refusedUntouched(other, 'not_a_sendoff_store');
  });
});

describe(disk === undefined ? 'no small disk can be mounted here' : 'a small disk', () => {
  const store = join(disk?.path ?? folder, 'small.db');

  test(
    named('a full disk is a clear refusal; what was accepted is kept and delivered'),
    async () => {
      if (disk === undefined) return;
      const server = await startServer({ store, port: await freePort() });
      const waiting = await handOver(server, 'waiting', { 'sendoff-delay': '3s' });
      disk.fill();
      const body = Buffer.alloc(MIB, 'x');
      const refused = await until('a job is refused', async () => {
        const answer = await call(to(server, 'refused'), { body });
        return answer.status !== 202 && answer;
      });
      assert.equal(refused.status, 507);
      assert.equal(JSON.parse(refused.body.toString()).code, 'storage_full');
      assert.ok(Number(refused.headers['retry-after']) > 0);
      assert.equal((await call(`${server.url}/healthz`)).status, 200);
      disk.makeRoom();
      assert.equal((await settled(server, waiting)).state, 'succeeded');
      const late = await until('jobs are taken again', async () => {
        const answer = await call(to(server, 'late'), { body });
        return answer.status === 202 && (JSON.parse(answer.body.toString()) as Receipt).id;
      });
      assert.equal((await settled(server, late)).state, 'succeeded');
      assert.deepEqual(await server.end('SIGTERM'), { code: 0, signal: null });
    },
  );

  test(named('a server on a full disk stops when told, and loses nothing'), async () => {
    if (disk === undefined) return;
    const server = await startServer({ store, port: await freePort() });
    const waiting = await handOver(server, 'waiting', { 'sendoff-delay': '3s' });
    disk.fill();
    assert.deepEqual(await server.end('SIGTERM'), { code: 0, signal: null });
    disk.makeRoom();
    const next = await startServer({ store, port: await freePort() });
    assert.equal((await settled(next, waiting)).state, 'succeeded');
    await next.end('SIGTERM');
  });

  test(named('a full disk is a clear refusal to start'), async () => {
    if (disk === undefined) return;
    disk.fill();
    const { code, line } = await refusal(store);
    disk.makeRoom();
    assert.equal(code, TEMPORARY);
    assert.match(line, /small\.db/);
    assert.match(line, /storage_full/);
  });

  test(named('a read-only disk is a clear refusal to start'), async () => {
    if (disk === undefined) return;
    disk.makeReadOnly();
    const { code, line } = await refusal(store);
    assert.equal(code, CONFIGURATION);
    assert.match(line, /small\.db/);
    assert.match(line, /store_readonly/);
  });
});

function named(claim: string): string {
  return disk === undefined ? `${claim}: only the store's own tests show it here` : claim;
}

/** Starts a server that must not come up. */
async function refusal(store: string): Promise<{ code: number | null; line: string }> {
  const server = spawnServer({ store, port: await freePort() });
  const { code } = await server.exited;
  const stderr = server.stderr();
  const lines = stderr.split('\n').filter((line) => line.startsWith('sendoff: '));
  assert.equal(lines.length, 1, stderr);
  assert.doesNotMatch(stderr, /^\s+at /m, 'no stack trace');
  return { code, line: lines[0]! };
}

async function refusedUntouched(path: string, errorCode: string): Promise<void> {
  const fingerprint = fingerprintOf(path);
  const { code, line } = await refusal(path);
  assert.equal(code, CONFIGURATION);
  assert.ok(line.includes(basename(path)) && line.includes(errorCode), line);
  assert.equal(fingerprintOf(path), fingerprint);
  assert.ok(!existsSync(`${path}-wal`), readdirSync(folder).join(' '));
}

function fingerprintOf(path: string): string {
  return createHash('sha256').update(readFileSync(path)).digest('hex');
}

function to(server: ServerProcess, name: string): string {
  return `${server.url}/v1/to?url=${encodeURIComponent(`${target.url}/${name}`)}`;
}

async function handOver(
  server: ServerProcess,
  name: string,
  headers: Record<string, string>,
): Promise<string> {
  return (await callJson<Receipt>(to(server, name), { headers, body: 'x' })).id;
}

function settled(server: ServerProcess, id: string): Promise<JobView> {
  return callJson<JobView>(`${server.url}/v1/jobs/${id}`, { headers: { prefer: 'wait=20' } });
}
