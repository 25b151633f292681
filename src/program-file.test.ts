import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { isFolder, programProblem } from './program-file.ts';

const folder = mkdtempSync(join(tmpdir(), 'sendoff-program-file-'));
after(() => rmSync(folder, { recursive: true }));

test('a path that leads nowhere is a missing program, however it does', () => {
  const loop = join(folder, 'loop');
  symlinkSync(loop, loop);
  const nowhere = [loop, join(folder, 'none'), `/${'a'.repeat(5_000)}`, '/bin/sh/below'];
  for (const path of nowhere) {
    assert.equal(programProblem(path)?.kind, 'missing');
    assert.equal(isFolder(path), false);
  }
  assert.equal(programProblem('/bin/sh'), undefined);
});
