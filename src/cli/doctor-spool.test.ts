import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { spoolFindings } from './doctor-spool.ts';

const folder = mkdtempSync(join(tmpdir(), 'sendoff-doctor-'));
const store = join(folder, 'a.db');

after(() => rmSync(folder, { recursive: true }));

test('a store without a spool has nothing to say about one', async () => {
  assert.deepEqual(await spoolFindings(store), []);
});

test('what waits is counted, and what was refused is a warning', async () => {
  const refused = `${store}.spool/refused`;
  mkdirSync(refused, { recursive: true });
  for (const name of ['a.json', 'b.json', '.tmp-c', 'other.txt']) {
    writeFileSync(join(`${store}.spool`, name), '');
  }
  const [waiting, ...others] = await spoolFindings(store);
  assert.deepEqual([waiting?.verdict, others], ['good', []]);
  assert.match(waiting?.detail ?? '', / 2 waiting$/);
  writeFileSync(join(refused, 'd.json'), '');
  writeFileSync(join(refused, 'd.reason.json'), '');
  const [, warning] = await spoolFindings(store);
  assert.equal(warning?.verdict, 'warning');
  assert.match(warning?.detail ?? '', /^1 refused/);
});
