// `queues`: what is said of single queues, by name. A queue with concurrency 1 is a lock.

import { checkFields } from '../job/known-field.ts';
import { checkName, checkWhole } from '../job/text.ts';

const FIELDS: ReadonlySet<string> = new Set(['concurrency']);
const MOST = 1_000_000;

/** Attempts at once, by queue: `{ 'the-printer': { concurrency: 1 } }` in the file. */
export type QueueConcurrency = Readonly<Record<string, number>>;

/** @throws SendoffError `unknown_field`, `invalid_field`, `number_out_of_range` */
export function checkQueues(value: unknown, path: string): QueueConcurrency {
  const names = typeof value === 'object' && value !== null ? Object.keys(value) : [];
  const queues = Object.entries(checkFields(value, new Set(names), path));
  return Object.fromEntries(
    queues.map(([name, queue]) => {
      const at = `${path}.${checkName(name, path)}`;
      const { concurrency } = checkFields(queue, FIELDS, at);
      return [name, checkWhole(concurrency, { field: `${at}.concurrency`, least: 1, most: MOST })];
    }),
  );
}
