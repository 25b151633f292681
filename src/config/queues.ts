// `queues` and `limits`: what is fixed of single ones, by name. No job can say otherwise. A queue
// with concurrency 1 is a lock.

import {
  checkLimitValues,
  checkQueueValues,
  type LimitValues,
  type QueueValues,
} from '../job/budget-values.ts';
import { checkFields } from '../job/known-field.ts';
import { checkName } from '../job/text.ts';

/** @throws SendoffError as `checkQueueValues` */
export function checkQueues(value: unknown, path: string): Readonly<Record<string, QueueValues>> {
  return byName(value, path, checkQueueValues);
}

/** @throws SendoffError as `checkLimitValues` */
export function checkLimits(value: unknown, path: string): Readonly<Record<string, LimitValues>> {
  return byName(value, path, checkLimitValues);
}

function byName<Values>(
  value: unknown,
  path: string,
  check: (values: unknown, path: string) => Values,
): Readonly<Record<string, Values>> {
  const names = typeof value === 'object' && value !== null ? Object.keys(value) : [];
  const entries = Object.entries(checkFields(value, new Set(names), path));
  return Object.fromEntries(
    entries.map(([name, values]) => [name, check(values, `${path}.${checkName(name, path)}`)]),
  );
}
