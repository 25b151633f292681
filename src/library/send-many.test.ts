import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SendoffError } from '../errors.ts';
import type { BulkLine, Receipt, SendInput } from '../sendoff.ts';
import { sendMany } from './send-many.ts';

const item: SendInput = { url: 'http://target.test/a' };

async function store(): Promise<Receipt> {
  await new Promise(setImmediate);
  return { id: 'id', state: 'pending', queue: 'q', runAt: '', duplicate: false };
}

/** Reads to the end, and gives what came with the error that ended it. */
async function readAll(lines: AsyncIterable<BulkLine>) {
  const got: number[] = [];
  try {
    for await (const { line } of lines) got.push(line);
  } catch (error) {
    return { got, error };
  }
  return { got, error: undefined };
}

test('a source that waits for its last answer gets it', async () => {
  let tell = (): void => {};
  async function* careful(): AsyncGenerator<SendInput> {
    for (let n = 0; n < 3; n++) {
      const answered = new Promise<void>((resolve) => (tell = resolve));
      yield item;
      await answered;
    }
  }
  const got: number[] = [];
  for await (const { line } of sendMany(careful(), store, {})) {
    got.push(line);
    tell();
  }
  assert.deepEqual(got, [1, 2, 3]);
});

test('an answer does not wait for the next item of a slow source', async () => {
  async function* slow(): AsyncGenerator<SendInput> {
    yield item;
    await new Promise(() => {});
  }
  const lines = sendMany(slow(), store, {})[Symbol.asyncIterator]();
  assert.deepEqual((await lines.next()).value, { line: 1, id: 'id' });
});

test('the error of a source comes after the answers of what it gave', async () => {
  function* broken(): Generator<SendInput> {
    yield item;
    yield item;
    throw new Error('the source broke');
  }
  const { got, error } = await readAll(sendMany(broken(), store, {}));
  assert.deepEqual(got, [1, 2]);
  assert.match(String(error), /the source broke/);
});

test('an abort reads no further and is told after the answers to come', async () => {
  const stop = new AbortController();
  let isLeft = false;
  async function* stuck(): AsyncGenerator<SendInput> {
    try {
      for (let n = 0; n < 5; n++) yield item;
      setImmediate(() => stop.abort('enough'));
      await new Promise(() => {});
    } finally {
      isLeft = true;
    }
  }
  const { got, error } = await readAll(sendMany(stuck(), store, { signal: stop.signal }));
  assert.deepEqual(got, [1, 2, 3, 4, 5]);
  assert.ok(error instanceof SendoffError);
  assert.deepEqual([error.code, error.cause], ['aborted', 'enough']);
  assert.ok(!isLeft, 'it did not wait for the source');
});

test('no more than a bounded number of items is under way', async () => {
  let pulled = 0;
  function* endless(): Generator<SendInput> {
    for (;;) {
      pulled++;
      yield item;
    }
  }
  const never = (): Promise<Receipt> => new Promise(() => {});
  void sendMany(endless(), never, {})[Symbol.asyncIterator]().next();
  for (let turns = 0; turns < 100; turns++) await new Promise(setImmediate);
  assert.equal(pulled, 1_000);
});

test('progress is told with each answer, and a caller who leaves ends the source', async () => {
  let isLeft = false;
  function* source(): Generator<SendInput> {
    try {
      for (;;) yield item;
    } finally {
      isLeft = true;
    }
  }
  const progress: object[] = [];
  const onProgress = (counts: object): void => void progress.push(counts);
  for await (const { line } of sendMany(source(), store, { onProgress })) if (line === 2) break;
  await new Promise(setImmediate);
  assert.deepEqual(progress, [
    { accepted: 1, refused: 0 },
    { accepted: 2, refused: 0 },
  ]);
  assert.ok(isLeft);
});
