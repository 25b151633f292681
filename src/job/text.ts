// Text that people give and that ends up in rows, headers and on pages: well-formed, printable, not
// too long.

import { SendoffError } from '../errors.ts';
import { limits } from '../limits.ts';
import { shown } from './shown.ts';

// biome-ignore lint/suspicious/noControlCharactersInRegex: these are refused
const CONTROL = /[\u0000-\u001f\u007f-\u009f]/;
const PRINTABLE_ASCII = /^[\x20-\x7e]*$/;

/** Text without lone surrogates and U+0000. @throws SendoffError `invalid_field`, `invalid_text` */
export function checkText(value: unknown, field: string): string {
  if (typeof value !== 'string') {
    throw new SendoffError(
      'invalid_field',
      `Expected \`${field}\` to be text, got ${shown(value)}`,
      {
        field,
      },
    );
  }
  if (!value.isWellFormed() || value.includes('\0')) {
    const message = `Expected \`${field}\` to be text without lone surrogates and U+0000`;
    throw new SendoffError('invalid_text', message, { field });
  }
  return value;
}

/** A name: not empty, no control characters, at most `limits.nameBytes` in UTF-8. */
export function checkName(value: unknown, field: string): string {
  const name = checkText(value, field);
  if (CONTROL.test(name)) {
    const wanted = 'text without control characters';
    const message = `Expected \`${field}\` to be ${wanted}, got ${shown(name)}`;
    throw new SendoffError('invalid_text', message, { field });
  }
  // Three bytes at most for each UTF-16 unit: short names need no count.
  const isShort =
    name.length * 3 <= limits.nameBytes || Buffer.byteLength(name) <= limits.nameBytes;
  if (name === '' || !isShort) {
    const wanted = `1 to ${limits.nameBytes} bytes`;
    const message = `Expected \`${field}\` to be ${wanted}, got ${shown(name)}`;
    throw new SendoffError('invalid_field', message, { field });
  }
  return name;
}

/**
 * A name that travels as a header value: printable ASCII without outer spaces, which would be lost.
 */
export function checkKey(value: unknown): string {
  const key = checkName(value, 'key');
  if (PRINTABLE_ASCII.test(key) && key.trim() === key) return key;
  const wanted = 'printable ASCII without outer spaces, as it is sent in a header';
  throw new SendoffError('invalid_field', `Expected \`key\` to be ${wanted}, got ${shown(key)}`, {
    field: 'key',
  });
}

/** A whole number within bounds. @throws SendoffError `invalid_field`, `number_out_of_range` */
export function checkWhole(
  value: unknown,
  range: { readonly field: string; readonly least: number; readonly most: number },
): number {
  const { field, least, most } = range;
  const isWhole = Number.isSafeInteger(value);
  if (isWhole && (value as number) >= least && (value as number) <= most) return value as number;
  throw new SendoffError(
    typeof value === 'number' ? 'number_out_of_range' : 'invalid_field',
    `Expected \`${field}\` to be a whole number from ${least} to ${most}, got ${shown(value)}`,
    { field },
  );
}
