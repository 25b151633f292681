import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import { DAY, NOW, newJob } from '../contract/sample.ts';
import { openSqliteStore } from './sqlite-store.ts';

const folder = mkdtempSync(join(tmpdir(), 'sendoff-batch-'));
after(() => rmSync(folder, { recursive: true }));

test('a commit that is full lies ready at the writer, and no third one does', async () => {
  const options = { slowerMs: 500, jobsWaiting: 8 };
  const store = await openSqliteStore(join(folder, 's.db'), options);
  await store.rescue({ now: NOW, keepFailedMs: DAY });
  const ids: string[] = [];
  const appended: Promise<unknown>[] = [];
  const append = async (count: number): Promise<number> => {
    for (let n = 0; n < count; n++) {
      const job = newJob({ seq: ids.length + 1 });
      ids.push(job.id);
      appended.push(store.append([job]));
    }
    for (let turns = 0; turns < 3; turns++) await turn();
    return store.load().jobs;
  };
  assert.equal(await append(1), 0, 'the first is being written');
  assert.equal(await append(7), 7, 'these may still become more');
  assert.equal(await append(1), 8, 'now they are sent ahead, and still wait');
  assert.equal(await append(8), 16, 'what comes later is not with them');
  await appended[8];
  assert.equal(store.load().jobs, 0, 'the last are being written');
  const later = await Promise.race([appended[9], turn('not yet')]);
  assert.equal(later, 'not yet');
  await Promise.all(appended);
  assert.ok((await store.get(ids)).every((row) => row !== undefined));
  await store.close();
});
