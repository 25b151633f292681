import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { splitLines } from './lines.ts';

async function linesOf(chunks: readonly string[], limit = 100): Promise<unknown[]> {
  const lines: unknown[] = [];
  const bytes = (async function* () {
    for (const chunk of chunks) yield Buffer.from(chunk);
  })();
  for await (const line of splitLines(bytes, limit)) {
    lines.push([line.number, line.bytes?.toString()]);
  }
  return lines;
}

test('lines come out the same however the bytes are cut', async () => {
  const text = fc.string({ unit: fc.constantFrom('a', 'b', ' ', '\n'), maxLength: 60 });
  await fc.assert(
    fc.asyncProperty(fc.array(text), async (chunks) => {
      const wanted = chunks
        .join('')
        .split('\n')
        .flatMap((line, at) => (line.trim() === '' ? [] : [[at + 1, line]]));
      assert.deepEqual(await linesOf(chunks, 10_000), wanted);
    }),
  );
});

test('a line over the limit is dropped, the next one is not', async () => {
  const lines = await linesOf(['aaaa', 'aaaa', 'a\nbb', '\n', 'c'.repeat(8)], 8);
  assert.deepEqual(lines, [
    [1, undefined],
    [2, 'bb'],
    [3, 'cccccccc'],
  ]);
});
