// Public ids: callers may choose them, so that handing over twice is harmless.

import { SendoffError } from '../errors.ts';
import { shown } from './shown.ts';

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;

/**
 * A lower-case hyphenated UUID of any version.
 *
 * @throws SendoffError `invalid_id`
 */
export function checkId(value: unknown): string {
  if (typeof value === 'string' && UUID.test(value)) return value;
  throw new SendoffError(
    'invalid_id',
    `Expected \`id\` to be a UUID in lower case with hyphens, got ${shown(value)}`,
    { field: 'id' },
  );
}
