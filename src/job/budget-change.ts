// What somebody wants to be different about a queue or a limit. The same words at every door.

import { SendoffError } from '../errors.ts';
import { type BudgetChange, checkLimitValues, checkQueueValues } from './budget-values.ts';
import { checkFields, isPlainObject } from './known-field.ts';
import { shown } from './shown.ts';

const LIMIT_CHANGE = ['concurrency', 'rate', 'burst', 'pin'];
const KNOWN: Readonly<Record<'queue' | 'limit', ReadonlySet<string>>> = {
  queue: new Set([...LIMIT_CHANGE, 'order', 'onFailure']),
  limit: new Set(LIMIT_CHANGE),
};

/**
 * Fields that are undefined count as absent.
 *
 * @throws SendoffError `invalid_json_type`, and as `checkQueueValues`
 */
export function checkBudgetChange(value: unknown, kind: 'queue' | 'limit'): BudgetChange {
  if (!isPlainObject(value)) {
    const detail = `Expected what is said of a ${kind} to be an object, got ${shown(value)}`;
    throw new SendoffError('invalid_json_type', detail);
  }
  const { pin, ...given } = checkFields(value, KNOWN[kind], '');
  if (pin !== undefined && typeof pin !== 'boolean') {
    const detail = `Expected \`pin\` to be true or false, got ${shown(pin)}`;
    throw new SendoffError('invalid_field', detail, { field: 'pin' });
  }
  const entries = Object.entries(given).filter(([, one]) => one !== undefined);
  if (pin === undefined && entries.length === 0) {
    const known = [...KNOWN[kind]].join(', ');
    throw new SendoffError('invalid_field', `Expected one or more of ${known}, got none`);
  }
  const set = Object.fromEntries(entries.filter(([, one]) => one !== null));
  const taken = Object.fromEntries(entries.filter(([, one]) => one === null));
  const values = kind === 'queue' ? checkQueueValues(set, '') : checkLimitValues(set, '');
  return { ...values, ...taken, ...(pin !== undefined && { pin }) };
}
