import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type DiskLevel, diskLevel } from './disk.ts';

const MIB = 1_048_576;
const GIB = 1_024 * MIB;

function levels(free: readonly number[], diskBytes = 8 * GIB): DiskLevel[] {
  let level: DiskLevel = 'ok';
  return free.map((mib) => {
    level = diskLevel(level, { freeDiskBytes: mib * MIB, diskBytes });
    return level;
  });
}

test('a disk that fills goes down the levels at once, at each bound', () => {
  assert.deepEqual(levels([600, 512, 511, 256, 255, 64, 63]), [
    ...['ok', 'ok', 'low', 'low', 'full', 'full', 'outcomes'],
  ]);
  assert.deepEqual(levels([600, 10]), ['ok', 'outcomes']);
});

test('a level is left only with room to spare', () => {
  assert.deepEqual(levels([10, 191, 192, 383, 384, 639, 640]), [
    ...['outcomes', 'outcomes', 'full', 'full', 'low', 'low', 'ok'],
  ]);
  assert.deepEqual(levels([300, 600, 640, 600]), ['low', 'low', 'ok', 'ok']);
});

test('of a large disk a twentieth counts', () => {
  assert.deepEqual(levels([52_000, 51_000, 255], 1_000 * GIB), ['ok', 'low', 'full']);
});
