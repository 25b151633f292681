// Several callers, each with a token: one `name:secret` a line. The name is what events and figures
// show, so that one caller can be told from another; a name may have several secrets while one
// takes the place of the other. A single line may also be a bare secret.

import { hash } from 'node:crypto';
import { SendoffError } from '../errors.ts';

export interface Token {
  readonly name: string;
  /** SHA-256 of what callers show. */
  readonly hash: Uint8Array;
}

/** Of the only token, if it has no name. */
const NO_NAME = 'default';
/** So short a rest after a colon is no secret: then the line as a whole is. */
const named = /^([A-Za-z0-9][\w.-]{0,62}):(\S{16,})$/;

/** @throws SendoffError `invalid_config` */
export function parseTokens(text: string): readonly Token[] {
  const lines = text.split(/\r?\n/).filter((line) => line.trim() !== '');
  const [only] = lines;
  if (only !== undefined && lines.length === 1) return onlyToken(only);
  return lines.flatMap((line, index) => {
    const parts = named.exec(line.trim());
    if (parts === null) throw notNamed(index + 1);
    return tokensOf(parts);
  });
}

/** What a client shows, of the same text. */
export function firstToken(text: string): string {
  return text.trim().split(/\r?\n/, 1)[0] as string;
}

function onlyToken(line: string): readonly Token[] {
  const parts = named.exec(line.trim());
  return parts === null ? [{ name: NO_NAME, hash: digest(line) }] : tokensOf(parts);
}

/** Callers may show the secret, or the line as it stands in the file. */
function tokensOf([line, name, secret]: RegExpExecArray): readonly Token[] {
  return [line, secret].map((shown) => ({ name: name as string, hash: digest(shown as string) }));
}

function digest(text: string): Uint8Array {
  return hash('sha256', text, 'buffer');
}

/** The line itself is not shown: it may be a secret. */
function notNamed(line: number): SendoffError {
  const form = 'Expected each token as `name:secret`, the secret of 16 characters or more';
  const detail = `${form}; line ${line} is not`;
  return new SendoffError('invalid_config', detail, { field: 'token' });
}
