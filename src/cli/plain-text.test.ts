import assert from 'node:assert/strict';
import { test } from 'node:test';
import { plainLine, plainText, shortened } from './plain-text.ts';

const hostile = 'a\u001b[2Jb\u001b]52;c;eA==\u0007c\rd\u202ee\u009bf';

test('nothing that acts on a terminal is left of a line', () => {
  const shown = plainLine(`${hostile}\n`);
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what must not be there
  assert.doesNotMatch(shown, /[\u0000-\u001f\u007f-\u009f\u202e]/);
  assert.match(shown, /^a\\u001b\[2Jb/);
});

test('text keeps its line ends and tabs, and nothing else', () => {
  assert.equal(plainText('a\tb\r\nc\n'), 'a\tb\nc\n');
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what must not be there
  assert.doesNotMatch(plainText(hostile), /[\u0000-\u0008\u000b-\u001f]/);
});

test('what is shortened says so', () => {
  assert.equal(shortened('abc', 3), 'abc');
  assert.equal(shortened('abcd', 3), 'ab…');
});
