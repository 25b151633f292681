// Text lines out of a stream of bytes, however the bytes are cut.

import { SendoffError } from '../errors.ts';
import { limits } from '../limits.ts';

/** Every line that is not empty, without its end. */
export async function* readLines(bytes: AsyncIterable<Uint8Array>): AsyncGenerator<string> {
  const decoder = new TextDecoder();
  let rest = '';
  for await (const piece of bytes) {
    const complete = (rest + decoder.decode(piece, { stream: true })).split('\n');
    rest = complete.pop()!;
    for (const line of complete) if (line.trim() !== '') yield line.trimEnd();
    if (rest.length > limits.jsonLineBytes) {
      throw new SendoffError(
        'body_too_large',
        `A line is longer than ${limits.jsonLineBytes} bytes`,
      );
    }
  }
  rest += decoder.decode();
  if (rest.trim() !== '') yield rest.trimEnd();
}
