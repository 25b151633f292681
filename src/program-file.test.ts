import assert from 'node:assert/strict';
import { chmodSync, copyFileSync, mkdirSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs';
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

test('a folder further up counts too, unless each may move only what is theirs there', () => {
  const [open, bin] = [join(folder, 'open'), join(folder, 'open', 'bin')];
  mkdirSync(bin, { recursive: true });
  const path = join(bin, 'true');
  copyFileSync('/bin/true', path);
  assert.equal(programProblem(path), undefined);
  chmodSync(open, 0o777);
  const problem = programProblem(path);
  assert.equal(problem?.kind, 'open_to_all');
  assert.match(problem?.message ?? '', /write to .*open, and/);
  symlinkSync(path, join(folder, 'link'));
  assert.equal(programProblem(join(folder, 'link'))?.kind, 'open_to_all');
  chmodSync(open, 0o1777);
  assert.equal(programProblem(path), undefined);
});
