// Any number of jobs with backpressure: a bounded number is on its way to the disk at any moment,
// so that they share commits, and each answer comes in the order of its item.

import { SendoffError } from '../errors.ts';
import type { BulkLine, BulkOptions, Receipt, SendInput } from '../sendoff.ts';

// Enough to fill a commit, few enough to stay small in memory.
const ON_THEIR_WAY = 1_000;

export async function* sendMany(
  items: Iterable<SendInput> | AsyncIterable<SendInput>,
  submit: (item: SendInput) => Promise<Receipt>,
  { onProgress, signal }: BulkOptions,
): AsyncGenerator<BulkLine> {
  const waiting: Promise<BulkLine>[] = [];
  const tally = { accepted: 0, refused: 0 };
  const told = (answer: BulkLine): BulkLine => {
    if ('id' in answer) tally.accepted++;
    else tally.refused++;
    onProgress?.({ ...tally });
    return answer;
  };
  let line = 0;
  for await (const item of items) {
    signal?.throwIfAborted();
    line++;
    waiting.push(submitLine(line, item, submit));
    if (waiting.length >= ON_THEIR_WAY) yield told(await (waiting.shift() as Promise<BulkLine>));
  }
  for (const answer of waiting) yield told(await answer);
}

async function submitLine(
  line: number,
  item: SendInput,
  submit: (item: SendInput) => Promise<Receipt>,
): Promise<BulkLine> {
  try {
    const { id, duplicate } = await submit(item);
    return { line, id, ...(duplicate && { duplicate }) };
  } catch (error) {
    if (error instanceof SendoffError) return { line, code: error.code, detail: error.message };
    return { line, code: 'internal', detail: 'Internal error' };
  }
}
