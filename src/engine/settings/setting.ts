// One queue's or limit's setting: what was said of it, what of that is pinned, whether it is
// paused, and the last time that somebody said something else.

import type { QueueValues } from '../../job/budget-values.ts';
import { limits } from '../../limits.ts';
import type { SettingRow } from '../../store/store.ts';
import type { Gcra } from '../turns/gcra.ts';

/** A job said something else than what stood. */
export interface Disagreement {
  readonly field: string;
  /** What stood; null: nothing did. */
  readonly had: string | number | null;
  readonly said: string | number;
  readonly jobId: string;
  readonly at: number;
  /** false: what stood is pinned. */
  readonly isApplied: boolean;
}

export interface Setting {
  readonly values: QueueValues;
  /** Names of values that no job can change. */
  readonly pinned: readonly string[];
  /** Who paused it: the operator, or the job that failed at the head of an ordered queue. */
  readonly paused?: { readonly at: number; readonly jobId?: string };
  /** How often a job said something else. */
  readonly disagreements: number;
  readonly last?: Disagreement;
  /** Of a pace whose turns are far apart: when those that were taken are used up. */
  readonly paidUntil?: number;
}

const nothing: Setting = { values: {}, pinned: [], disagreements: 0 };

export function emptySetting(): Setting {
  return nothing;
}

export function settingOf({ spec, paidUntil }: SettingRow): Setting {
  const stored = spec === null ? nothing : (JSON.parse(spec) as Setting);
  return paidUntil === undefined ? stored : { ...stored, paidUntil };
}

export function specOf({ paidUntil: _, ...setting }: Setting): string {
  return JSON.stringify(setting);
}

/** What a pace that has come into memory has to remember. */
export function paidUntilOf(pace: Gcra, setting: Setting | undefined): number {
  if (pace.intervalMs < limits.pacePersistedMs) return pace.paidUntil;
  return setting?.paidUntil ?? 0;
}

interface Context {
  /** The job. */
  readonly by: string;
  readonly at: number;
  readonly pinned: readonly string[];
  /** What counts now: what is fixed included. */
  readonly standing: QueueValues;
}

interface Heard {
  readonly setting: Setting;
  /** Some value is another one than before. */
  readonly isChanged: boolean;
  readonly disagreements: readonly Disagreement[];
}

/** What becomes of a setting when a job brings these values. */
export function said(
  setting: Setting,
  values: QueueValues,
  { by, at, pinned, standing }: Context,
): Heard {
  const disagreements: Disagreement[] = [];
  const applied: Record<string, string | number> = {};
  const wishes = compatible(values, standing, pinned);
  for (const [field, value] of Object.entries(wishes) as [keyof QueueValues, string | number][]) {
    const had = standing[field];
    const isRefused = pinned.includes(field) || clashes(field, value, { standing, pinned });
    if (had === value) continue;
    if (!isRefused) applied[field] = value;
    if (had === undefined && !isRefused) continue;
    const isApplied = !isRefused;
    disagreements.push({ field, had: had ?? null, said: value, jobId: by, at, isApplied });
  }
  const count = setting.disagreements + disagreements.length;
  const last = disagreements.at(-1) ?? setting.last;
  const next: Setting = {
    ...setting,
    values: { ...setting.values, ...applied },
    disagreements: count,
    ...(last !== undefined && { last }),
  };
  const isChanged = Object.keys(applied).length > 0;
  const isSame = !isChanged && disagreements.length === 0;
  return { setting: isSame ? setting : next, isChanged, disagreements };
}

/** A strict order that a job asks for takes a concurrency that stands with it to 1. */
function compatible(
  values: QueueValues,
  standing: QueueValues,
  pinned: readonly string[],
): QueueValues {
  const isOrder = values.order === 'strict' && !pinned.includes('order');
  const isWide = (standing.concurrency ?? 1) > 1 && !pinned.includes('concurrency');
  return isOrder && isWide ? { ...values, concurrency: 1 } : values;
}

/** A strict order and a concurrency above 1 do not go together: what stands stays. */
function clashes(
  field: keyof QueueValues,
  value: string | number,
  { standing, pinned }: Pick<Context, 'standing' | 'pinned'>,
): boolean {
  const { order, concurrency = 1 } = standing;
  if (field === 'concurrency') return order === 'strict' && (value as number) > 1;
  const isWide = concurrency > 1 && pinned.includes('concurrency');
  return field === 'order' && value === 'strict' && isWide;
}
