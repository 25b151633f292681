import assert from 'node:assert/strict';
import { test } from 'node:test';
import { answerResponse } from './answer-response.ts';
import type { ResponseView } from './sendoff.ts';

const url = 'http://target.test/a';

function answer(view: Partial<ResponseView>, ...pieces: string[]): Response {
  async function* body(): AsyncGenerator<Uint8Array> {
    for (const piece of pieces) yield Buffer.from(piece);
  }
  const whole = { status: 200, headers: [], bodyBytes: 0, truncated: false, incomplete: false };
  return answerResponse({ ...whole, ...view }, { url, body: body() });
}

test('status, header lines, url and body are the target’s own', async () => {
  const response = answer(
    {
      status: 418,
      headers: [
        ['Set-Cookie', 'a=1'],
        ['Set-Cookie', 'b=2'],
      ],
    },
    'tea',
    'pot',
  );
  assert.equal(response.status, 418);
  assert.equal(response.url, url);
  assert.deepEqual(response.headers.getSetCookie(), ['a=1', 'b=2']);
  assert.equal(await response.text(), 'teapot');
});

test('statuses without a body and statuses outside HTTP do not break it', async () => {
  assert.equal(await answer({ status: 204 }).text(), '');
  const odd = answer({ status: 999 }, 'x');
  assert.equal(odd.status, 999);
  assert.equal(odd.ok, false);
  assert.equal(await odd.text(), 'x');
});

test('a body that was cut fails at its end', async () => {
  await assert.rejects(answer({ truncated: true }, 'abc').text(), { code: 'body_too_large' });
  await assert.rejects(answer({ incomplete: true }, 'abc').text(), { code: 'body_incomplete' });
});

test('a header that cannot be represented is left out', () => {
  const response = answer({
    headers: [
      ['x-bad', 'a\u0000b'],
      ['x-good', 'c'],
    ],
  });
  assert.deepEqual([...response.headers], [['x-good', 'c']]);
});
