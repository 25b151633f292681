// Who has a store in this process, and when it is free again.

import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, beforeEach, test } from 'node:test';
import { type Clock, systemClock } from '../src/clock.ts';
import { open } from '../src/open.ts';
import { type Owner, own } from '../src/own.ts';
import { takeLock } from '../src/store/sqlite/lock.ts';

const folder = mkdtempSync(join(tmpdir(), 'sendoff-own-'));
let path: string;
let stores = 0;
/** Takes requests and never answers. */
let silent: Server;
let arrived: () => void = () => {};

before(async () => {
  silent = createServer(() => arrived());
  await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
});

beforeEach(() => {
  path = join(folder, `${++stores}.db`);
});

after(() => {
  silent.closeAllConnections();
  silent.close();
  rmSync(folder, { recursive: true });
});

/** Resolves when an attempt of a new job is under way. */
async function attemptUnderWay(): Promise<void> {
  const isThere = new Promise<void>((resolve) => {
    arrived = resolve;
  });
  const sendoff = await open(path);
  const { port } = silent.address() as AddressInfo;
  await sendoff.send(`http://127.0.0.1:${port}/`);
  await isThere;
  await sendoff.close();
}

function assertHeld(isHeld: boolean): void {
  if (isHeld) assert.throws(() => takeLock(path), { code: 'store_locked' });
  else takeLock(path).release();
}

test('a second close cuts what the first lets end; the store is free after both', async () => {
  const owner = await own(path);
  await attemptUnderWay();
  const first = owner.close({ drainMs: 600_000 });
  const second = owner.close({ drainMs: 0 });
  assertHeld(true);
  await Promise.all([first, second]);
  assertHeld(false);
  await owner.close();
});

test('closing twice lets go once', async () => {
  const [one, other] = [await own(path), await own(path)];
  await one.close();
  await one.close();
  assertHeld(true);
  await other.close();
  assertHeld(false);
});

test('a store that is being closed is opened again when it is free', async () => {
  const owner = await own(path);
  const closed = owner.close();
  const next = own(path);
  await closed;
  const again: Owner = await next;
  assert.notEqual(again.engine, owner.engine);
  await again.engine.ping();
  // An old holder has no say in it.
  await owner.close();
  await again.engine.ping();
  await again.close();
  assertHeld(false);
});

test('two names of one file are one store', async () => {
  writeFileSync(path, '');
  const link = `${path}.link`;
  symlinkSync(path, link);
  const [one, other] = [await own(path), await own(link)];
  assert.equal(one.engine, other.engine);
  await one.close();
  await other.close();
});

test('a step of closing that fails is told, and the store is given away all the same', async () => {
  let isBroken = false;
  const afterOrThrow: Clock['after'] = (...wait) => {
    if (isBroken) throw new Error('No timer');
    return systemClock.after(...wait);
  };
  const owner = await own(path, { clock: { ...systemClock, after: afterOrThrow } });
  isBroken = true;
  await assert.rejects(owner.close(), /No timer/);
  assertHeld(false);
});
