// A job once more, as another one, in this process.

import type { Prepared } from '../engine/mending/resend.ts';
import { SendoffError } from '../errors.ts';
import { mostBodyBytes } from '../job/json-job.ts';
import { type ResendSource, resentJob } from '../job/resend.ts';
import type { ResendInput } from '../resend-input.ts';
import { type Context, checkedBody } from './submission.ts';

export function prepareResend(
  input: ResendInput,
  context: Context,
): (source: ResendSource) => Promise<Prepared> {
  const { fields, body, bodyType, isInput, signal } = input;
  return async (source) => {
    const { target } = source.spec;
    refuseForeignBody(input, target.kind);
    const { clock, commands, checkTarget } = context;
    const type = bodyType === undefined ? {} : { bodyType };
    const now = clock.now();
    const job = resentJob(source, fields, { now, commands, mayRunAny: true, ...type });
    if (job.spec.target.kind === 'http') checkTarget(job.spec.target.url);
    if (body === undefined) return { job };
    const mostBytes = isInput ? mostBodyBytes(target, context) : context.requestBodyBytes;
    const given = { body, ...(signal !== undefined && { signal }) };
    return { job, body: await checkedBody(given, context, mostBytes) };
  };
}

function refuseForeignBody(
  { body, isInput }: ResendInput,
  kind: ResendSource['spec']['target']['kind'],
): void {
  if (body === undefined || isInput === (kind === 'command')) return;
  const [field, instead] = isInput ? ['input', '`body`'] : ['body', '`input`'];
  throw new SendoffError('invalid_field', `Expected ${instead}, got \`${field}\``, { field });
}
