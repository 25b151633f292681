// A large input on its way from a caller through the disk to a command: every byte arrives, and the
// server never holds it in memory. `SENDOFF_INPUT_MIB=1024` is the long run.

import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { open } from '../src/index.ts';
import { makeFolder, removeFolder } from './support/folder.ts';
import { freePort } from './support/free-port.ts';
import { residentBytes } from './support/processes.ts';
import { endServers, startServer } from './support/server-process.ts';

const MIB = 1_048_576;
const SIZE_MIB = Number(process.env.SENDOFF_INPUT_MIB ?? 160);
/** Far less than the input. */
const MOST_GROWTH_MIB = 100;

const folder = makeFolder('commands-input');
after(async () => {
  await endServers();
  removeFolder(folder);
});

test(`${SIZE_MIB} MiB of input reach a command, streamed`, async () => {
  const config = join(folder, 'sendoff.config.json');
  const sum = { program: '/usr/bin/sha256sum', maxInput: `${SIZE_MIB}MiB` };
  writeFileSync(config, JSON.stringify({ commands: { sum } }), { mode: 0o600 });
  const store = join(folder, 'sendoff.db');
  const server = await startServer({ store, port: await freePort(), args: ['--config', config] });
  await using sendoff = await open(server.url);
  const digest = createHash('sha256');
  let mostBytes = 0;
  async function* input(): AsyncGenerator<Uint8Array> {
    for (let n = 0; n < SIZE_MIB; n++) {
      const piece = randomBytes(MIB);
      digest.update(piece);
      mostBytes = Math.max(mostBytes, residentBytes(server.pid));
      yield piece;
    }
  }
  const startBytes = residentBytes(server.pid);
  const sent = await sendoff.run('sum', { input: input() });
  const job = await sent.done();
  assert.equal(job.state, 'succeeded');
  assert.ok(job.target.kind === 'command');
  assert.equal(job.target.inputBytes, SIZE_MIB * MIB);
  const printed = (await (await sendoff.response(sent.id))?.text()) ?? '';
  assert.equal(printed, `${digest.digest('hex')}  -\n`);
  mostBytes = Math.max(mostBytes, residentBytes(server.pid));
  const growthMib = Math.round((mostBytes - startBytes) / MIB);
  const startMib = Math.round(startBytes / MIB);
  console.log(`${SIZE_MIB} MiB of input: resident ${startMib} MiB, at most ${growthMib} MiB more`);
  assert.ok(growthMib <= MOST_GROWTH_MIB, `it grew by ${growthMib} MiB`);
});
