// What several commands read from their arguments in the same way.

import { InvalidArgumentError, Option } from 'commander';
import { formats } from './output.ts';

/** A command gives its exit code here. */
export type Finish = (exitCode: Promise<number>) => Promise<void>;

export function outputOption(): Option {
  return new Option('-o, --output <format>', 'how to print').choices(formats).default('table');
}

export function wholeNumber(text: string): number {
  if (!/^\d{1,9}$/.test(text)) throw new InvalidArgumentError('Expected a whole number.');
  return Number(text);
}

/** For an option that may be repeated. */
export function collected(text: string, before: readonly string[] = []): readonly string[] {
  return [...before, text];
}

/** `Name: value`; the value may hold colons and be empty. */
export function headerLine(text: string): [name: string, value: string] {
  const colonAt = text.indexOf(':');
  if (colonAt < 1) throw new InvalidArgumentError(`Expected 'Name: value', got '${text}'.`);
  return [text.slice(0, colonAt).trim(), text.slice(colonAt + 1).trim()];
}

export function headerLines(
  text: string,
  before: readonly [string, string][] = [],
): readonly [string, string][] {
  return [...before, headerLine(text)];
}

const duration = /^\d+(\.\d+)?(ms|[smhdw])$/;

/**
 * `--wait` may stand alone or have a time, so a URL after it must not be taken for its time.
 */
export function bindWait(argv: readonly string[]): string[] {
  const bound: string[] = [];
  for (let at = 0; at < argv.length; at++) {
    const text = argv[at]!;
    if (text === '--') return [...bound, ...argv.slice(at)];
    const next = argv[at + 1];
    if (text !== '--wait') bound.push(text);
    else if (next !== undefined && duration.test(next)) {
      bound.push(`--wait=${next}`);
      at++;
    } else bound.push('--wait=forever');
  }
  return bound;
}
