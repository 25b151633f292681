// From a caller's request to what the engine takes. A body that does not fit into a row goes to the
// store first, piece by piece; it is given back if anything about the job turns out to be wrong.

import type { Clock } from '../clock.ts';
import type { Engine } from '../engine/engine.ts';
import { receiveBody } from '../engine/intake/receive-body.ts';
import type { CheckedBody, Submission } from '../job/checked.ts';
import type { CommandRules } from '../job/command-rules.ts';
import { mostBodyBytes } from '../job/json-job.ts';
import { checkJob } from '../job/options.ts';
import { limits } from '../limits.ts';
import { abortedError, type RequestInput } from '../request-input.ts';
import type { RunInput } from '../run-input.ts';

export interface Context {
  readonly engine: Engine;
  readonly clock: Clock;
  readonly checkTarget: (url: string) => void;
  readonly commands: CommandRules;
  readonly requestBodyBytes: number;
}

export async function submission(request: RequestInput, context: Context): Promise<Submission> {
  const { url, method, headers, body, options } = request;
  const fields = { url, headers, ...(method !== undefined && { method }), ...options };
  const job = checkJob(fields, { now: context.clock.now(), hasBody: body !== null });
  if (job.spec.target.kind === 'http') context.checkTarget(job.spec.target.url);
  return { job, body: await checkedBody(request, context, context.requestBodyBytes) };
}

/** A command, under the rules of the operator, who may be this very program. */
export async function runSubmission(run: RunInput, context: Context): Promise<Submission> {
  const { what, call, options, body } = run;
  const { commands, clock } = context;
  const door = { commands, mayRunAny: true, now: clock.now(), hasBody: body !== null };
  const job = checkJob({ ...what, ...call, ...options }, door);
  const mostBytes = mostBodyBytes(job.spec.target, context);
  return { job, body: await checkedBody(run, context, mostBytes) };
}

export async function checkedBody(
  { body, signal }: Pick<RequestInput, 'body' | 'signal'>,
  { engine }: Context,
  mostBytes: number,
): Promise<CheckedBody> {
  if (body === null) return { kind: 'none' };
  if (!(body instanceof Uint8Array)) {
    const pieces = signal === undefined ? body : untilAborted(body, signal);
    return receiveBody(engine, pieces, { mostBytes });
  }
  if (body.byteLength <= limits.inlineBodyBytes) return { kind: 'bytes', bytes: body };
  return receiveBody(engine, [body], { mostBytes });
}

/** A caller who gives up does not wait for the next piece, which may never come. */
async function* untilAborted(
  body: AsyncIterable<Uint8Array>,
  signal: AbortSignal,
): AsyncGenerator<Uint8Array> {
  const { promise: isOver, reject } = Promise.withResolvers<never>();
  isOver.catch(() => {});
  const onAbort = (): void => reject(abortedError(signal));
  signal.addEventListener('abort', onAbort);
  if (signal.aborted) onAbort();
  const source = body[Symbol.asyncIterator]();
  try {
    for (;;) {
      const { done, value } = await Promise.race([source.next(), isOver]);
      if (done) return;
      yield value;
    }
  } finally {
    signal.removeEventListener('abort', onAbort);
    source.return?.().catch(() => {});
  }
}
