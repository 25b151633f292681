import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { systemClock } from '../clock.ts';
import type { Engine } from '../engine/engine.ts';
import { limits } from '../limits.ts';
import { drain } from './drain.ts';
import { createRefusals } from './refusals.ts';
import type { SpoolParts } from './spool-parts.ts';

const path = mkdtempSync(join(tmpdir(), 'sendoff-drain-'));
after(() => rmSync(path, { recursive: true }));

test('a file that meets a fault of our own stays, and is tried again later', async () => {
  const name = '01890a5d-ac96-774b-bcce-b302099a8057.json';
  writeFileSync(join(path, name), '{"url": "http://target.test/"}');
  let now = systemClock.now();
  let tries = 0;
  const submit = async (): Promise<never> => {
    tries++;
    throw new TypeError('a bug');
  };
  const parts = {
    path,
    clock: { ...systemClock, now: () => now },
    log: () => {},
    engine: { submit, announce: () => {} } as unknown as Engine,
    requestBodyBytes: 1_000,
    checkTarget: () => {},
    checkJobTarget: () => {},
  } as unknown as SpoolParts;
  const state = { stuck: new Set<string>(), paused: new Map<string, number>() };
  const look = (): Promise<void> =>
    drain(parts, { ...state, isClosing: () => false, refusals: createRefusals(parts) });
  await look();
  await look();
  assert.equal(tries, 1);
  now += limits.spoolAgainMs;
  await look();
  assert.equal(tries, 2);
  assert.ok(existsSync(join(path, name)));
  assert.ok(!existsSync(join(path, 'refused')));
});
