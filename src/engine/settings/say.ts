// What jobs say of their queues and limits. It counts from the moment they are stored, and is
// written with them. A value that stood differently before is changed, and that is told: to the
// caller in the receipt, to everybody as an event, and in the view of the queue or limit. A pinned
// value stays, and that is told too.

import type { QueueValues } from '../../job/budget-values.ts';
import type { CheckedJob } from '../../job/checked.ts';
import type { SettingKind, SettingRow } from '../../store/store.ts';
import type { Node } from '../node.ts';
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
  /**
   * What those of them say that are stored counts from now on. Gives what is to be told to the
   * caller, by index of the job.
   */
  readonly adopt: (isStored: (index: number) => boolean) => ReadonlyMap<number, readonly string[]>;
}

interface Change {
  readonly kind: SettingKind;
  readonly name: string;
  /** What stood when it was weighed. */
  readonly before: Setting | undefined;
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

interface Weighed {
  readonly changes: ReadonlyMap<string, Change>;
  readonly told: readonly Told[];
}

/** @throws SendoffError `limit_reached` */
export function weigh(node: Node, sayings: readonly Saying[], now: number): Said | undefined {
  if (sayings.length === 0) return undefined;
  const { changes } = weighed(node, sayings, now);
  return {
    rows: rowsOf(node, changes.values()),
    adopt: (isStored) => adopt(node, { sayings, changes, isStored, now }),
  };
}

function weighed(node: Node, sayings: readonly Saying[], now: number): Weighed {
  const changes = new Map<string, Change>();
  const told: Told[] = [];
  for (const { index, id, job } of sayings) {
    for (const [kind, name, values] of wordsOf(job)) {
      const key = `${kind} ${name}`;
      const earlier = changes.get(key);
      const before = earlier ? earlier.before : node.settings.find(kind, name);
      const known = earlier?.setting ?? before;
      if (known === undefined) refuseIfFull(node);
      const pinned = node.settings.pinned(kind, name);
      const standing = { ...known?.values, ...node.settings.fixed(kind, name) };
      const context = { by: id, at: now, pinned, standing };
      const next = said(known ?? emptySetting(), values, context);
      if (next.setting === known) continue;
      const isWritten = next.isChanged || earlier?.isWritten === true;
      changes.set(key, { kind, name, before, setting: next.setting, isWritten });
      told.push(...next.disagreements.map((disagreement) => ({ kind, name, index, disagreement })));
    }
  }
  return { changes, told };
}

function* wordsOf({ queue, spec, says }: CheckedJob): Iterable<[SettingKind, string, QueueValues]> {
  if (says?.queue) yield ['queue', queue, says.queue];
  if (says?.limit && spec.limit !== undefined) yield ['limit', spec.limit, says.limit];
}

function rowsOf({ settings }: Node, changes: Iterable<Change>): SettingRow[] {
  const written = [...changes].filter(({ isWritten }) => isWritten);
  return written.map(({ kind, name, setting }) => settings.row(kind, name, setting));
}

interface Adoption {
  readonly sayings: readonly Saying[];
  /** As they were written with the jobs. */
  readonly changes: ReadonlyMap<string, Change>;
  readonly isStored: (index: number) => boolean;
  readonly now: number;
}

/** Others may have said something since, or some jobs were there already: it is weighed again. */
function adopt(
  node: Node,
  { sayings, changes: written, isStored, now }: Adoption,
): ReadonlyMap<number, readonly string[]> {
  const stored = sayings.filter(({ index }) => isStored(index));
  const { changes, told } = weighed(node, stored, now);
  const isAsWritten = [...written].every(([key, { before }]) => {
    const change = changes.get(key);
    return change !== undefined && change.before === before;
  });
  for (const { kind, name, setting } of changes.values()) {
    node.settings.adopt(kind, name, setting);
    node.scheduler.reset(kind, name, node.clock.now());
  }
  if (!isAsWritten || stored.length < sayings.length) rewrite(node, written.values());
  const notes = new Map<number, string[]>();
  for (const one of told) {
    tell(node, one);
    notes.set(one.index, [...(notes.get(one.index) ?? []), noteOf(node, one)]);
  }
  return notes;
}

/** What went with the jobs is older than what counts. */
function rewrite({ settings, store, log }: Node, changes: Iterable<Change>): void {
  const rows = [...changes].map(({ kind, name }) => {
    const setting = settings.find(kind, name);
    return setting ? settings.row(kind, name, setting) : { kind, name, spec: null };
  });
  store.saveSettings(rows).catch((error) => {
    log('error', 'What jobs say is not written', { error: String(error) });
  });
}

function tell(node: Node, { kind, name, disagreement }: Told): void {
  const { field, had, said: to, jobId, at, isApplied } = disagreement;
  const type = `${kind}.${isApplied ? 'changed' : 'disagreed'}` as const;
  const from = had === null ? {} : { from: had };
  node.events.emit({ type, at, [kind]: name, jobId, field, ...from, to });
}

function noteOf({ settings }: Node, { kind, name, disagreement }: Told): string {
  const { field, had, said: to, isApplied } = disagreement;
  const what = `\`${field}\` of ${kind} \`${name}\``;
  if (isApplied) return `${what} was ${had} and is ${to} from now on`;
  const isPinned = settings.pinned(kind, name).includes(field);
  if (isPinned) return `${what} is pinned to ${had ?? 'nothing'}: ${to} does not count`;
  return `${what} cannot be ${to}: a strict order has no concurrency above 1`;
}
