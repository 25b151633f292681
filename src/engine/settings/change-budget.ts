// What the operator says of a queue or a limit. It counts at once, for jobs that wait as well.

import { SendoffError } from '../../errors.ts';
import {
  type BudgetChange,
  checkLimitValues,
  checkQueueValues,
  type QueueValues,
} from '../../job/budget-values.ts';
import type { SettingKind } from '../../store/store.ts';
import type { Node } from '../node.ts';
import { emptySetting } from './setting.ts';
import { writeSetting } from './write-setting.ts';

/** @throws SendoffError `limit_reached`, and as `checkQueueValues` */
export async function changeBudget(
  node: Node,
  kind: SettingKind,
  name: string,
  { pin, ...values }: BudgetChange,
): Promise<void> {
  const known = node.settings.find(kind, name);
  const fixed = Object.keys(node.settings.fixed(kind, name) ?? {});
  const refused = Object.keys(values).find((field) => fixed.includes(field));
  if (refused !== undefined) {
    const detail = `\`${refused}\` of ${kind} \`${name}\` is fixed by the configuration`;
    throw new SendoffError('fixed_value', detail, { field: refused });
  }
  const before = known ?? emptySetting();
  const merging = merged(before.values, values);
  // What is fixed stands as well, and must go with it.
  checked({ ...merging, ...node.settings.fixed(kind, name) }, kind);
  const setting = { ...before, values: checked(merging, kind), pinned: pinnedOf() };
  await writeSetting(node, kind, name, setting);
  for (const [field, to] of Object.entries(values)) {
    const from = before.values[field as keyof QueueValues];
    if (from === (to ?? undefined)) continue;
    const type = `${kind}.changed` as const;
    const change = { field, from, to: to ?? undefined };
    node.events.emit({ type, at: node.clock.now(), [kind]: name, ...change });
  }

  function pinnedOf(): readonly string[] {
    if (pin === undefined) return before.pinned;
    // Without values, all that stand are meant.
    const named = Object.keys(values).length > 0 ? Object.keys(values) : all();
    const others = before.pinned.filter((field) => !named.includes(field));
    return pin ? [...others, ...named] : others;
  }

  function all(): string[] {
    return [...new Set([...Object.keys(before.values), ...before.pinned])];
  }
}

/** Nothing is said of it any more: what counts is what every queue and limit has. */
export async function forgetBudget(node: Node, kind: SettingKind, name: string): Promise<void> {
  if (node.settings.find(kind, name) === undefined) return;
  await writeSetting(node, kind, name, undefined);
  node.events.emit({ type: `${kind}.changed`, at: node.clock.now(), [kind]: name });
}

function merged(before: QueueValues, change: Omit<BudgetChange, 'pin'>): Record<string, unknown> {
  const both: Record<string, unknown> = { ...before, ...change };
  for (const [field, value] of Object.entries(both)) if (value === null) delete both[field];
  return both;
}

function checked(values: Record<string, unknown>, kind: SettingKind): QueueValues {
  return kind === 'queue' ? checkQueueValues(values, '') : checkLimitValues(values, '');
}
