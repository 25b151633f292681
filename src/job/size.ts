// A size as people write it: a number of bytes, or text such as `64KiB`, `1.5GB`, `100m`.

import { SendoffError } from '../errors.ts';
import { shown } from './shown.ts';

const powers = ['', 'k', 'm', 'g', 't'];
const form = /^(\d+(?:\.\d+)?)\s*([kmgt]?)(i?)b?$/i;

/** Bytes, 1 or more. @throws SendoffError `invalid_field` */
export function parseSize(value: unknown, field: string): number {
  const bytes = typeof value === 'string' ? sizeOf(value) : value;
  if (typeof bytes === 'number' && bytes >= 1 && Number.isSafeInteger(bytes)) return bytes;
  const message = `Expected \`${field}\` to be a size such as 100MiB, got ${shown(value)}`;
  throw new SendoffError('invalid_field', message, { field });
}

/** Bytes, undefined if it is no size. `KB` is 1,000, `KiB` and a bare `K` are 1,024. */
export function sizeOf(text: string): number | undefined {
  const match = form.exec(text.trim());
  if (match === null) return undefined;
  const [, digits = '', unit = '', binary = ''] = match;
  const isDecimal = binary === '' && /b$/i.test(text);
  const base = isDecimal ? 1_000 : 1_024;
  return Math.round(Number(digits) * base ** powers.indexOf(unit.toLowerCase()));
}
