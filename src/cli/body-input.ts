// The body of `sendoff send`, from -d, --json or --form: text, `@file`, or `-` for standard input.
// Bytes go as they are; unlike curl nothing strips line ends. Files are streamed from the disk.

import { createReadStream, openAsBlob } from 'node:fs';
import { stat } from 'node:fs/promises';
import { basename } from 'node:path';
import { Readable } from 'node:stream';
import { SendoffError } from '../errors.ts';
import type { SendInit } from '../sendoff.ts';

export interface ContentFlags extends BodyFlags {
  readonly header?: readonly [string, string][];
}

export interface BodyFlags {
  readonly data?: string;
  readonly json?: string;
  readonly form?: readonly string[];
}

/** The body, and the header lines with its type unless they have one. */
export async function contentInput(flags: ContentFlags): Promise<BodyInit> {
  const { type, ...body } = await bodyInput(flags);
  const given = flags.header ?? [];
  const hasType = given.some(([name]) => name.toLowerCase() === 'content-type');
  const headers = type === undefined || hasType ? given : [...given, ['content-type', type]];
  return { ...body, headers: headers as [string, string][] };
}

type BodyInit = Pick<SendInit, 'body' | 'form' | 'headers'>;

async function bodyInput(flags: BodyFlags): Promise<BodyInit & { readonly type?: string }> {
  const given = (['data', 'json', 'form'] as const).filter((name) => flags[name] !== undefined);
  if (given.length > 1) {
    const message = `Expected one of --data, --json and --form, got --${given.join(' and --')}`;
    throw new SendoffError('invalid_field', message);
  }
  if (flags.form !== undefined) return { form: await formData(flags.form) };
  if (flags.json !== undefined) {
    return { body: await bytes(flags.json), type: 'application/json' };
  }
  // What curl says of -d, and what most receivers expect of it.
  if (flags.data !== undefined) {
    return { body: await bytes(flags.data), type: 'application/x-www-form-urlencoded' };
  }
  return {};
}

async function bytes(text: string): Promise<NonNullable<SendInit['body']>> {
  if (text === '-') return Readable.toWeb(process.stdin) as ReadableStream<Uint8Array>;
  return text.startsWith('@') ? file(text.slice(1)) : Buffer.from(text);
}

async function file(path: string): Promise<Blob | ReadableStream<Uint8Array>> {
  if (path === '-') return Readable.toWeb(process.stdin) as ReadableStream<Uint8Array>;
  // A pipe such as <(…) has no length and is read once.
  if ((await stat(path)).isFile()) return openAsBlob(path);
  return Readable.toWeb(createReadStream(path)) as ReadableStream<Uint8Array>;
}

async function formData(pairs: readonly string[]): Promise<NonNullable<SendInit['form']>> {
  const parsed = pairs.map(pair);
  if (parsed.every(([, value]) => !value.startsWith('@'))) return new URLSearchParams(parsed);
  const form = new FormData();
  for (const [name, value] of parsed) {
    if (!value.startsWith('@')) form.append(name, value);
    else form.append(name, await openAsBlob(value.slice(1)), basename(value));
  }
  return form;
}

function pair(text: string): [name: string, value: string] {
  const equalsAt = text.indexOf('=');
  if (equalsAt > 0) return [text.slice(0, equalsAt), text.slice(equalsAt + 1)];
  const message = `Expected --form to be 'name=value' or 'name=@file', got '${text}'`;
  throw new SendoffError('invalid_field', message, { field: 'form' });
}
