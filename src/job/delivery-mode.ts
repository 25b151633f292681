// `delivery` of a job: how often it may reach its target when nobody can know whether it did.

import { SendoffError } from '../errors.ts';
import { shown } from './shown.ts';

/** @throws SendoffError `invalid_field` */
export function isAtMostOnce(delivery: unknown, field = 'delivery'): boolean {
  if (delivery === undefined || delivery === 'at-least-once') return false;
  if (delivery === 'at-most-once') return true;
  const wanted = '`at-least-once` or `at-most-once`';
  const message = `Expected \`${field}\` to be ${wanted}, got ${shown(delivery)}`;
  throw new SendoffError('invalid_field', message, { field });
}
