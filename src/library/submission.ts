// From a caller's request to what the engine takes. A body that does not fit into a row goes to the
// store first, piece by piece; it is given back if anything about the job turns out to be wrong.

import type { Clock } from '../clock.ts';
import type { Engine } from '../engine/engine.ts';
import { receiveBody } from '../engine/receive-body.ts';
import type { CheckedBody, Submission } from '../job/checked.ts';
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
  const { engine, requestBodyBytes: mostBytes } = context;
  if (body === null) return { kind: 'none' };
  if (!(body instanceof Uint8Array)) return receiveBody(engine, body, { mostBytes });
  if (body.byteLength <= limits.inlineBodyBytes) return { kind: 'bytes', bytes: body };
  return receiveBody(engine, [body], { mostBytes });
}
