// A process that may have few files open does less at once, and does not run out.

import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { test } from 'node:test';
import { promisify } from 'node:util';
import { makeFolder, removeFolder } from './support/folder.ts';
import { startTarget } from './support/target-server.ts';

const FILES = 200;
const JOBS = 80;

/** Hands over more jobs than may be tried at once, and says how many are. */
const program = `
  const { own } = await import(process.argv[1]);
  const { open } = await import(process.argv[2]);
  const [, , , store, url, jobs] = process.argv;
  const owner = await own(store);
  const sendoff = await open(store);
  await Promise.all(Array.from({ length: Number(jobs) }, () => sendoff.send(url)));
  for (;;) {
    const { running, ready } = await owner.engine.stats();
    if (running > 0 && running + ready === Number(jobs)) {
      console.log(running);
      break;
    }
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  await sendoff.close();
  await owner.close({ drainMs: 0 });`;

test('attempts have their share of the files that may be open', { timeout: 30_000 }, async () => {
  const folder = makeFolder('open-files');
  const target = await startTarget(() => {});
  try {
    const modules = ['own', 'open'].map((name) => import.meta.resolve(`../src/${name}.ts`));
    const { stdout } = await promisify(execFile)('/bin/sh', [
      '-c',
      `ulimit -n ${FILES}; exec "$@"`,
      'sh',
      ...[process.execPath, '--input-type=module', '-e', program],
      ...[...modules, join(folder, 's.db'), target.url, String(JOBS)],
    ]);
    assert.equal(Number(stdout), FILES / 4);
  } finally {
    await target[Symbol.asyncDispose]();
    removeFolder(folder);
  }
});
