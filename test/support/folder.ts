// A folder of its own for a test, on a real disk: what is kept in memory proves nothing about data
// that is kept.

import { mkdtempSync, rmSync, statfsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

// statfs(2)
const TMPFS = 0x01021994;

export function makeFolder(name: string): string {
  const parent = statfsSync(tmpdir()).type === TMPFS ? '/var/tmp' : tmpdir();
  return mkdtempSync(join(parent, `sendoff-${name}-`));
}

export function removeFolder(path: string): void {
  rmSync(path, { recursive: true, force: true });
}
