// Calls that only look: they may be repeated as often as it takes.

import { SendoffError } from '../errors.ts';
import type { Call } from './transport.ts';

export function read(path: string): Call {
  return { method: 'GET', path, isRepeatable: true };
}

/** What is undefined is not said. */
export function queryOf(options: object): URLSearchParams {
  const given = Object.entries(options).filter(([, value]) => value !== undefined);
  return new URLSearchParams(given.map(([name, value]) => [name, String(value)]));
}

/** What is not there is no failure where it was asked for. */
export async function orUndefined<Value>(asked: Promise<Value>): Promise<Value | undefined> {
  try {
    return await asked;
  } catch (error) {
    if (error instanceof SendoffError && error.code === 'not_found') return undefined;
    throw error;
  }
}
