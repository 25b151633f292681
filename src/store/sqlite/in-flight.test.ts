import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { InFlight } from './in-flight.ts';

const folder = mkdtempSync(join(tmpdir(), 'sendoff-in-flight-'));
const path = join(folder, 's.db.inflight');
const started = { seq: 7, attempt: 2, startedAt: 1_800_000_000_000, isAlone: false };
after(() => rmSync(folder, { recursive: true }));

function written(): Buffer {
  const file = new InFlight(path);
  file.reset();
  file.start([started]);
  file.close();
  return readFileSync(path);
}

function found(bytes: Uint8Array): InFlight['found'] {
  writeFileSync(path, bytes);
  const file = new InFlight(path);
  file.close();
  return file.found;
}

test('what was under way is found again', () => {
  assert.deepEqual(found(written()), [started]);
});

test('a file whose content a power cut took names nothing, and does not stop the start', () => {
  const whole = written();
  assert.deepEqual(found(Buffer.alloc(whole.length)), []);
  assert.deepEqual(found(whole.subarray(0, 20)), []);
  assert.deepEqual(found(Buffer.alloc(0)), []);
  const emptySlots = Buffer.concat([whole.subarray(0, 32), Buffer.alloc(whole.length - 32)]);
  assert.deepEqual(found(emptySlots), []);
});

test('a file of another program, or of a newer version, is refused', () => {
  const newer = written();
  newer.writeUInt32LE(2, 28);
  assert.throws(() => found(newer), { code: 'not_a_sendoff_store' });
  assert.throws(() => found(Buffer.alloc(64, 'x')), { code: 'not_a_sendoff_store' });
});
