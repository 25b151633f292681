// The client must run on PHP 7.2. Where only a newer PHP is at hand, its own tokens tell what an
// older one would not understand.

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { whyNoPhp } from './support/php.ts';
import { client } from './support/sendoff-php.ts';

const skip = whyNoPhp() ?? false;
const scanner = fileURLToPath(new URL('./support/newer-syntax.php', import.meta.url));
const examples = ['guzzle', 'queue-push'].map((name) =>
  fileURLToPath(new URL(`../examples/php/${name}.php`, import.meta.url)),
);

function newerIn(code: string | Buffer): string[] {
  return JSON.parse(String(spawnSync('php', [scanner], { input: code }).stdout));
}

test('the client has nothing that PHP 7.2 would not understand', { skip }, () => {
  assert.deepEqual(newerIn(readFileSync(client)), []);
});

test('what is newer would be found', { skip }, () => {
  const newer = [
    'class A { private int $a; }',
    '$f = fn ($x) => $x;',
    '$a ??= 1;',
    '$a?->b();',
    'f(a: 1);',
    'f(1, 2,);',
    '$a = [...$b];',
    '$n = 1_000;',
    'str_contains("a", "b");',
    'hrtime(true);',
    '$a = $b ?: throw new Exception();',
    'try {} catch (Exception) {}',
    'echo match (1) { 1 => 2 };',
  ];
  for (const line of newer) assert.notDeepEqual(newerIn(`<?php ${line}`), [], line);
  assert.deepEqual(newerIn('<?php $a = array(1, 2,); $b = [1, 2,]; f(...$a);'), []);
});

test('the client and the examples are PHP without a warning', { skip }, () => {
  for (const file of [client, ...examples]) {
    const { status, stderr } = spawnSync('php', ['-d', 'error_reporting=-1', '-l', file]);
    assert.deepEqual([status, String(stderr)], [0, ''], file);
  }
});
