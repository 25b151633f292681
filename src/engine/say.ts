// What jobs say of their queues and limits. It counts from the moment they are stored, and is
// written with them. A value that stood differently before is changed, and that is told: to the
// caller in the receipt, to everybody as an event, and in the view of the queue or limit. A pinned
// value stays, and that is told too.

import type { QueueValues } from '../job/budget-values.ts';
import type { CheckedJob } from '../job/checked.ts';
import type { SettingKind, SettingRow } from '../store/store.ts';
import type { Node } from './node.ts';
import { type Disagreement, emptySetting, type Setting, said } from './setting.ts';
import { refuseIfFull } from './write-setting.ts';

/** A job that says something, under the id that it will have. */
export interface Saying {
  readonly index: number;
  readonly id: string;
  readonly job: CheckedJob;
}

/** What is to be written, and told when it is. */
export interface Said {
  readonly rows: readonly SettingRow[];
  /** Counts from now on. Gives what is to be told to the caller, by index of the job. */
  readonly adopt: () => ReadonlyMap<number, readonly string[]>;
}

interface Change {
  readonly kind: SettingKind;
  readonly name: string;
  readonly setting: Setting;
  /** Something else counts from now on, and must outlive the process. */
  readonly isWritten: boolean;
}

interface Told {
  readonly kind: SettingKind;
  readonly name: string;
  readonly index: number;
  readonly disagreement: Disagreement;
}

/** @throws SendoffError `limit_reached` */
export function hear(node: Node, sayings: readonly Saying[], now: number): Said | undefined {
  if (sayings.length === 0) return undefined;
  const changes = new Map<string, Change>();
  const told: Told[] = [];
  for (const { index, id, job } of sayings) {
    for (const [kind, name, values] of wordsOf(job)) {
      const key = `${kind} ${name}`;
      const known = changes.get(key)?.setting ?? node.settings.find(kind, name);
      if (known === undefined) refuseIfFull(node);
      const pinned = node.settings.pinned(kind, name);
      const standing = { ...known?.values, ...node.settings.fixed(kind, name) };
      const context = { by: id, at: now, pinned, standing };
      const next = said(known ?? emptySetting(), values, context);
      if (next.setting === known) continue;
      const isWritten = next.isChanged || changes.get(key)?.isWritten === true;
      changes.set(key, { kind, name, setting: next.setting, isWritten });
      told.push(...next.disagreements.map((disagreement) => ({ kind, name, index, disagreement })));
    }
  }
  return { rows: rowsOf(node, changes.values()), adopt: () => adopt(node, changes, told) };
}

function* wordsOf({ queue, spec, says }: CheckedJob): Iterable<[SettingKind, string, QueueValues]> {
  if (says?.queue) yield ['queue', queue, says.queue];
  if (says?.limit && spec.limit !== undefined) yield ['limit', spec.limit, says.limit];
}

function rowsOf({ settings }: Node, changes: Iterable<Change>): SettingRow[] {
  const written = [...changes].filter(({ isWritten }) => isWritten);
  return written.map(({ kind, name, setting }) => settings.row(kind, name, setting));
}

function adopt(
  node: Node,
  changes: ReadonlyMap<string, Change>,
  told: readonly Told[],
): ReadonlyMap<number, readonly string[]> {
  const now = node.clock.now();
  for (const { kind, name, setting } of changes.values()) {
    node.settings.adopt(kind, name, setting);
    node.scheduler.reset(kind, name, now);
  }
  const notes = new Map<number, string[]>();
  for (const one of told) {
    tell(node, one);
    notes.set(one.index, [...(notes.get(one.index) ?? []), noteOf(one)]);
  }
  return notes;
}

function tell(node: Node, { kind, name, disagreement }: Told): void {
  const { field, had, said: to, jobId, at, isApplied } = disagreement;
  const type = `${kind}.${isApplied ? 'changed' : 'disagreed'}` as const;
  const from = had === null ? {} : { from: had };
  node.events.emit({ type, at, [kind]: name, jobId, field, ...from, to });
}

function noteOf({ kind, name, disagreement }: Told): string {
  const { field, had, said: to, isApplied } = disagreement;
  const what = `\`${field}\` of ${kind} \`${name}\``;
  if (isApplied) return `${what} was ${had} and is ${to} from now on`;
  return `${what} is pinned to ${had ?? 'nothing'}: ${to} does not count`;
}
