// The example of the page about queues and limits, as it stands there.

import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { makeFolder, removeFolder } from './support/folder.ts';
import { startTarget } from './support/target-server.ts';

const page = new URL('../docs/queues-and-limits.md', import.meta.url);
const library = new URL('../src/index.ts', import.meta.url);

test('the example of the page runs and prints what the page says', async (t) => {
  await using target = await startTarget((response) => void response.end());
  const folder = makeFolder('queue-example');
  t.after(() => removeFolder(folder));
  const [, example = ''] = /```ts\n([\s\S]*?)```/.exec(readFileSync(page, 'utf8')) ?? [];
  const code = example
    .replace("'sendoff'", JSON.stringify(fileURLToPath(library)))
    .replace('https://api.example.com', target.url);
  const file = join(folder, 'example.ts');
  writeFileSync(file, code);
  const run = promisify(execFile);
  const { stdout } = await run(process.execPath, [file], { cwd: folder, timeout: 60_000 });
  const notes = example.matchAll(/console\.log.*\/\/ (.*?)(?:: the .*)?$/gm);
  const expected = [...notes].map(([, text]) => text);
  // How much time is left depends on the machine.
  const timeless = (text: string): string => text.replace(/in \d+(\.\d)? s/, 'in time');
  assert.deepEqual(timeless(stdout.trimEnd()).split('\n'), expected.map(String).map(timeless));
  assert.equal(target.arrivals.length, 6);
});
