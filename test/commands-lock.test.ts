// Commands that compete for one thing take turns in a queue with one place.

import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { checkConfig } from '../src/config/check-config.ts';
import { open } from '../src/index.ts';
import { makeFolder, removeFolder } from './support/folder.ts';

const folder = makeFolder('commands-lock');
after(() => removeFolder(folder));

test('a queue with one place is a lock for all commands that wait in it', async () => {
  const log = join(folder, 'log');
  writeFileSync(log, '');
  const script = 'echo + >>"$0"; sleep 0.05; echo - >>"$0"';
  const command = { program: '/bin/sh', args: ['-c', script, log] };
  const config = checkConfig({
    commands: { one: command, two: command },
    queues: { printer: { concurrency: 1 } },
  });
  const options = { config: () => config, commandsAtOnce: 8 };
  await using sendoff = await open(join(folder, 'sendoff.db'), options);
  const names = ['one', 'two', 'one', 'two', 'one', 'two'];
  const runs = names.map((name) => sendoff.run(name, { queue: 'printer' }));
  for (const run of runs) assert.equal((await (await run).done()).state, 'succeeded');
  assert.equal(readFileSync(log, 'utf8'), '+\n-\n'.repeat(names.length));
});
