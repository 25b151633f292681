// Hands one run of a command over. A small input travels in JSON, a large one as the body of the
// request, streamed, with the arguments in the query. The job has its id before it leaves, so that
// a cut connection is repeated without a second job.

import { SendoffError } from '../errors.ts';
import { limits } from '../limits.ts';
import type { RunInput } from '../run-input.ts';
import type { Receipt } from '../sendoff.ts';
import { optionLines } from './hand-over.ts';
import type { Call, Transport } from './transport.ts';

export async function handOverRun(
  transport: Transport,
  run: RunInput,
  freshId: string,
): Promise<Receipt> {
  const id = run.options.id ?? freshId;
  const call = isSmall(run.body) ? jsonCall(run, id) : inputCall(run, id);
  const answer = await transport.ask({ ...call, isRepeatable: true, signal: run.signal });
  const receipt = (await transport.read(answer.body, run.signal)) as Receipt;
  // Only our own repetition can find an id that we have just made.
  const isOurs = run.options.id === undefined && receipt.id === id;
  return isOurs ? { ...receipt, duplicate: false } : receipt;
}

function isSmall(body: RunInput['body']): body is Uint8Array | null {
  return body === null || (body instanceof Uint8Array && body.length <= limits.inlineBodyBytes);
}

function pathOf({ what }: RunInput): string {
  if (!('command' in what)) return '/v1/commands/run';
  return `/v1/commands/${encodeURIComponent(what.command)}/run`;
}

function jsonCall(run: RunInput, id: string): Call {
  const { what, call, options } = run;
  const body = run.body as Uint8Array | null;
  const inputBase64 =
    body === null
      ? undefined
      : Buffer.from(body.buffer, body.byteOffset, body.byteLength).toString('base64');
  return {
    method: 'POST',
    path: pathOf(run),
    headers: ['content-type', 'application/json'],
    body: JSON.stringify({ ...what, ...call, inputBase64, ...options, id }),
  };
}

function inputCall(run: RunInput, id: string): Call {
  const { what, call, options, bodyBytes } = run;
  const query = new URLSearchParams('command' in what ? {} : { ...what });
  for (const arg of call.args ?? []) query.append('arg', arg);
  const path = query.size === 0 ? pathOf(run) : `${pathOf(run)}?${query}`;
  if (path.length > limits.urlBytes) {
    const wanted = `fewer than ${limits.urlBytes} bytes beside a large input`;
    throw new SendoffError('invalid_field', `Expected \`args\` to have ${wanted}`, {
      field: 'args',
    });
  }
  const length = bodyBytes === undefined ? [] : ['content-length', `${bodyBytes}`];
  const env = call.env === undefined ? [] : ['sendoff-env', JSON.stringify(call.env)];
  return {
    method: 'POST',
    path,
    headers: [
      ...['content-type', 'application/octet-stream', ...length, ...env],
      ...optionLines(options, id),
    ],
    body: run.body as Uint8Array | AsyncIterable<Uint8Array>,
  };
}
