// From a caller's request to what the engine takes. A body that does not fit into a row goes to the
// store first, piece by piece; it is given back if anything about the job turns out to be wrong.

import type { Clock } from '../clock.ts';
import type { Engine } from '../engine/engine.ts';
import { SendoffError } from '../errors.ts';
import type { CheckedBody, Submission } from '../job/checked.ts';
import { bodyHasher } from '../job/content.ts';
import { checkJob } from '../job/options.ts';
import { limits } from '../limits.ts';
import type { RequestInput } from '../request-input.ts';

interface Context {
  readonly engine: Engine;
  readonly clock: Clock;
  readonly checkTarget: (url: string) => void;
  readonly requestBodyBytes: number;
}

export async function submission(request: RequestInput, context: Context): Promise<Submission> {
  const { url, method, headers, body, options } = request;
  const fields = { url, headers, ...(method !== undefined && { method }), ...options };
  const job = checkJob(fields, { now: context.clock.now(), hasBody: body !== null });
  context.checkTarget(job.spec.target.url);
  return { job, body: await checkedBody(request, context) };
}

async function checkedBody({ body }: RequestInput, context: Context): Promise<CheckedBody> {
  if (body === null) return { kind: 'none' };
  if (!(body instanceof Uint8Array)) return storeBody(body, context);
  if (body.byteLength <= limits.inlineBodyBytes) return { kind: 'bytes', bytes: body };
  return storeBody([body], context);
}

async function storeBody(
  pieces: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
  { engine, requestBodyBytes }: Context,
): Promise<CheckedBody> {
  const writer = engine.writeBody();
  const hasher = bodyHasher();
  let bodyBytes = 0;
  try {
    for await (const piece of pieces) {
      bodyBytes += piece.byteLength;
      if (bodyBytes > requestBodyBytes) throw tooLarge(requestBodyBytes);
      hasher.update(piece);
      await writer.write(piece);
    }
    await writer.end();
  } catch (error) {
    writer.discard();
    throw error;
  }
  return { kind: 'stored', bodyId: writer.bodyId, bodyBytes, hash: hasher.digest() };
}

function tooLarge(mostBytes: number): SendoffError {
  const detail = `Expected a body of at most ${mostBytes} bytes, got more`;
  return new SendoffError('body_too_large', detail, { field: 'body' });
}
