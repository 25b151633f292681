// A kept answer as the platform's `Response`, the same in this process and over HTTP. What a
// Response cannot say by itself is never silent: a body that was cut fails at its end.

import { SendoffError } from './errors.ts';
import type { ResponseView } from './sendoff.ts';

/** `url` is the target's; the body is read once, piece by piece. */
export function answerResponse(
  view: ResponseView,
  options: { readonly url: string; readonly body: AsyncIterable<Uint8Array> },
): globalThis.Response {
  const isRepresentable = view.status >= 200 && view.status <= 599;
  const status = isRepresentable ? view.status : 200;
  const hasNoBody = status === 204 || status === 205 || status === 304;
  const response = new Response(hasNoBody ? null : streamOf(whole(view, options.body)), {
    status,
    headers: headersOf(view),
  });
  Object.defineProperty(response, 'url', { value: options.url });
  // The constructor refuses statuses such as 999, which targets do send.
  if (!isRepresentable) {
    Object.defineProperty(response, 'status', { value: view.status });
    Object.defineProperty(response, 'ok', { value: false });
  }
  return response;
}

function headersOf(view: ResponseView): Headers {
  const headers = new Headers();
  for (const [name, value] of view.headers) {
    try {
      headers.append(name, value);
    } catch {
      // Not representable in the platform's Headers; it stands in the job's own record.
    }
  }
  return headers;
}

async function* whole(
  view: ResponseView,
  body: AsyncIterable<Uint8Array>,
): AsyncGenerator<Uint8Array> {
  yield* body;
  if (view.truncated) {
    const message = `The answer was larger than the limit: ${view.bodyBytes} bytes of it were kept`;
    throw new SendoffError('body_too_large', message);
  }
  if (view.incomplete) {
    const message = `The target closed the connection after ${view.bodyBytes} bytes of its answer`;
    throw new SendoffError('body_incomplete', message);
  }
}

function streamOf(pieces: AsyncGenerator<Uint8Array>): ReadableStream<Uint8Array> {
  return new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        const { done, value } = await pieces.next();
        if (done) controller.close();
        else controller.enqueue(value);
      },
      async cancel() {
        await pieces.return(undefined);
      },
    },
    { highWaterMark: 0 },
  );
}
