import assert from 'node:assert/strict';
import { test } from 'node:test';
import { commandsFrom, splitWords } from './command-flag.ts';

test('words are split as a shell does, and nothing is expanded', () => {
  const cases: [text: string, words: string[]][] = [
    ['php /srv/backup.php', ['php', '/srv/backup.php']],
    ['  a   b  ', ['a', 'b']],
    [`a 'b c' "d e" f\\ g`, ['a', 'b c', 'd e', 'f g']],
    [`a'b'"c"d`, ['abcd']],
    [`"" ''`, ['', '']],
    [`"a\\"b\\\\c\\d" 'e\\'`, ['a"b\\c\\d', 'e\\']],
    ['$HOME ~ * `id` $(id) a;b', ['$HOME', '~', '*', '`id`', '$(id)', 'a;b']],
    ['', []],
  ];
  for (const [text, words] of cases) assert.deepEqual(splitWords(text), words, text);
});

test('a quote that is not closed is refused', () => {
  for (const text of [`a "b`, `'`, 'a\\']) {
    assert.throws(() => splitWords(text), { message: /closing quote/ }, text);
  }
});

test('a bare name is looked up at once', () => {
  const { list } = commandsFrom(['list=ls -l "my dir"']);
  assert.match(list?.program ?? '', /^\/.*\/ls$/);
  assert.deepEqual(list?.args, ['-l', 'my dir']);
  assert.throws(() => commandsFrom(['x=no-such-program-anywhere']), { message: /in PATH/ });
  for (const flag of ['ls', '=ls', 'x=']) assert.throws(() => commandsFrom([flag]), flag);
});
