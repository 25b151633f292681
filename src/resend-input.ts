// Turns the arguments of `resend` into fields and a body, the same in each home.

import { SendoffError } from './errors.ts';
import { EDIT_FIELDS } from './job/resend.ts';
import type { ResendEdits } from './mending.ts';
import {
  headerPairs,
  type RequestInput,
  refuseUnknownFields,
  requestFrom,
} from './request-input.ts';
import type { SendInit } from './send-input.ts';

/** Edits as a caller meant them, before any door has checked them. */
export interface ResendInput extends Pick<RequestInput, 'signal'> {
  readonly fields: Readonly<Record<string, unknown>>;
  /** Undefined: the old body. */
  readonly body: NonNullable<RequestInput['body']> | undefined;
  /** `content-type` that the body has by itself. */
  readonly bodyType?: string;
  /** It was given as the input of a command. */
  readonly isInput: boolean;
}

const BODIES = ['body', 'json', 'form', 'input'] as const;
const known: ReadonlySet<string> = new Set([...EDIT_FIELDS, ...BODIES, 'signal']);

/** @throws SendoffError `unknown_field`, `invalid_field`, `invalid_json` */
export async function resendInputFrom(edits: ResendEdits = {}): Promise<ResendInput> {
  refuseUnknownFields(edits, known);
  const { body, json, form, input, signal, url, headers, ...rest } = edits;
  if (input !== undefined && (body ?? json ?? form) !== undefined) {
    const message = 'Expected `input` alone, it is the body of a command';
    throw new SendoffError('invalid_field', message, { field: 'input' });
  }
  const init = { body: input ?? body, json, form } as SendInit;
  const request = await requestFrom('resend:', init);
  const type = request.headers[0]?.[1];
  const hasOwnType = (json ?? form) !== undefined && type !== undefined;
  const fields: Record<string, unknown> = {
    ...rest,
    ...(url !== undefined && { url: String(url) }),
    ...(headers !== undefined && { headers: headerEdits(headers) }),
  };
  return {
    fields: Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)),
    body: request.body ?? undefined,
    ...(hasOwnType && { bodyType: type }),
    isInput: input !== undefined,
    ...(signal !== undefined && { signal }),
  };
}

/** An object keeps its nulls, which take headers away. */
function headerEdits(headers: NonNullable<ResendEdits['headers']>): unknown {
  return Symbol.iterator in headers
    ? headerPairs([...(headers as Iterable<readonly [string, string]>)] as [string, string][])
    : headers;
}
