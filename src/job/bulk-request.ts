// What is to be done with many jobs, as every door takes it.

import { createHash } from 'node:crypto';
import { SendoffError } from '../errors.ts';
import { checkId } from './id.ts';
import type { State } from './job.ts';
import { checkFilter, type JobFilter } from './job-filter.ts';
import { checkFields, isPlainObject } from './known-field.ts';
import { checkEdits } from './resend.ts';
import { shown } from './shown.ts';

export type BulkAction = 'retry' | 'cancel' | 'resend';

/** What is kept of the request, as JSON. */
export interface BulkOrder {
  readonly action: BulkAction;
  /** As it was given. */
  readonly filter: Readonly<Record<string, unknown>>;
  /** What it means. */
  readonly meant: JobFilter;
  readonly edits?: Readonly<Record<string, unknown>>;
}

export interface CheckedBulk {
  /** The caller's; absent: the engine makes one. */
  readonly id?: string;
  readonly order: BulkOrder;
}

interface Rules {
  /** The states that are meant if none is named. */
  readonly states: readonly State[];
  readonly allowed: readonly State[];
}

const rules: Readonly<Record<BulkAction, Rules>> = {
  retry: { states: ['failed'], allowed: ['pending', 'succeeded', 'failed', 'cancelled'] },
  cancel: { states: ['pending', 'running'], allowed: ['pending', 'running'] },
  resend: {
    states: ['failed'],
    allowed: ['pending', 'running', 'succeeded', 'failed', 'cancelled'],
  },
};

const FIELDS: ReadonlySet<string> = new Set(['id', 'action', 'filter', 'edits']);
/** Of one job alone. */
const OWN = ['id', 'key', 'args', 'env'];

/**
 * @throws SendoffError with the field: `invalid_json_type`, `unknown_field`, `invalid_field`,
 *   `invalid_id`, and what the fields of `filter` and `edits` throw
 */
export function checkBulk(value: unknown, { now }: { readonly now: number }): CheckedBulk {
  const { id, action, filter, edits } = checkFields(value, FIELDS, '');
  if (!isAction(action)) {
    const known = Object.keys(rules).join(', ');
    throw refusal('action', `Expected \`action\` to be one of ${known}, got ${shown(action)}`);
  }
  if (!isPlainObject(filter)) {
    const message = `Expected \`filter\` to say which jobs, got ${shown(filter)}`;
    throw refusal('filter', message);
  }
  const meant = checkFilter(filter, { now, ...rules[action] });
  if (edits !== undefined) refuseEdits(edits, { action, now });
  const order = {
    ...{ action, filter, meant },
    ...(edits !== undefined && { edits: edits as BulkOrder['edits'] }),
  } as BulkOrder;
  return { ...(id !== undefined && { id: checkId(id) }), order };
}

/** The same order has the same hash. */
export function orderHash({ action, meant, edits }: BulkOrder): Uint8Array {
  const text = JSON.stringify([action, Object.entries(meant).sort(), edits]);
  return createHash('sha256').update(text).digest();
}

function isAction(value: unknown): value is BulkAction {
  return typeof value === 'string' && Object.hasOwn(rules, value);
}

function refuseEdits(
  edits: unknown,
  { action, now }: { readonly action: BulkAction; readonly now: number },
): void {
  if (action !== 'resend') throw refusal('edits', 'Expected `edits` only with `resend`');
  if (!isPlainObject(edits)) {
    throw refusal('edits', `Expected \`edits\` to be an object, got ${shown(edits)}`);
  }
  const own = OWN.find((name) => edits[name] !== undefined);
  if (own !== undefined)
    throw refusal(`edits.${own}`, `\`${own}\` cannot be the same for many jobs`);
  checkEdits(edits, now);
}

function refusal(field: string, message: string): SendoffError {
  return new SendoffError('invalid_field', message, { field });
}
