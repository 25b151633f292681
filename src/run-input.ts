// Turns the arguments of `run` into fields of a job and its body, the same in each home.

import type { Command, RunOptions } from './command.ts';
import { SendoffError } from './errors.ts';
import { DELIVERY_FIELDS } from './job/delivery-fields.ts';
import { type RequestInput, requestFrom } from './request-input.ts';

/** A run as a caller meant it, before any door has checked it. */
export interface RunInput extends Pick<RequestInput, 'body' | 'bodyBytes' | 'options' | 'signal'> {
  /** `command`, or `program` and `folder`. */
  readonly what: { readonly command: string } | Exclude<Command, string>;
  /** `args` and `env`, as far as given. */
  readonly call: Pick<RunOptions, 'args' | 'env'>;
}

const known: ReadonlySet<string> = new Set([
  ...DELIVERY_FIELDS,
  ...['args', 'env', 'input', 'signal'],
]);

/** @throws SendoffError `unknown_field` */
export async function runInputFrom(command: Command, options: RunOptions = {}): Promise<RunInput> {
  const stranger = Object.keys(options).find((field) => !known.has(field));
  if (stranger !== undefined) {
    const message = `\`${stranger}\` is not an option of a run`;
    throw new SendoffError('unknown_field', message, { field: stranger });
  }
  const { args, env, input, ...rest } = options;
  // Node's own Response takes any async iterable; the platform's type does not say so.
  const body = input as ReadableStream<Uint8Array> | undefined;
  const request = await requestFrom('command:', { ...rest, ...(body !== undefined && { body }) });
  return {
    what: typeof command === 'string' ? { command } : command,
    call: { ...(args !== undefined && { args }), ...(env !== undefined && { env }) },
    body: request.body,
    ...(request.bodyBytes !== undefined && { bodyBytes: request.bodyBytes }),
    options: request.options,
    ...(request.signal !== undefined && { signal: request.signal }),
  };
}
