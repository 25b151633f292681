// A waiting job's reason as one sentence.

import type { JobRow } from '../store/store.ts';
import type { Node } from './node.ts';
import type { Held } from './why.ts';

interface Found {
  readonly holder: Held;
  readonly ahead: number | undefined;
  readonly now: number;
}

/** `behind 37 of queue tenant:a, concurrency 5, next turn in 2.1 s`. */
export function inWords(node: Node, row: JobRow, { holder, ahead, now }: Found): string {
  const place = ahead === undefined || ahead === 0 ? [] : [`behind ${ahead} of queue ${row.queue}`];
  return [...place, reasonText(node, row, holder, now)].join(', ');
}

function reasonText(node: Node, row: JobRow, holder: Held, now: number): string {
  const { reason, until, by, text } = holder;
  if (text !== undefined) return text;
  const inTime = until < Number.POSITIVE_INFINITY ? ` in ${span(until - now)}` : '';
  switch (reason) {
    case 'delay':
      return `due${inTime}`;
    case 'retry':
      return `try ${row.attempts + 1} is due${inTime}`;
    case 'order':
      return by
        ? `in order, while job ${by.name} is under way`
        : 'in order, until the first of it has settled';
    case 'paused':
      return `${by?.kind} ${by?.name} is paused`;
    case 'circuit':
      return `${by?.name} fails; the next probe is${inTime || ' under way'}`;
    case 'brake':
      return `most of the network seems to be gone; the next probe is${inTime || ' under way'}`;
    case 'rate':
      return `${valueText(node, by, 'rate')}, next turn${inTime}`;
    case 'concurrency':
      return by ? valueText(node, by, 'concurrency') : 'its turn is next';
  }
}

/** `limit mail, rate 7/s`; of the job's own queue the value alone. */
function valueText(node: Node, by: Held['by'], field: 'rate' | 'concurrency'): string {
  if (by === undefined) return field;
  const isSaid = by.kind === 'queue' || by.kind === 'limit';
  const said = isSaid ? node.settings.values(by.kind, by.name)[field] : undefined;
  if (field === 'rate' && said === undefined) return `${by.kind} ${by.name} ${patience(node, by)}`;
  return `${by.kind} ${by.name}, ${field}${said === undefined ? ` is used up` : ` ${said}`}`;
}

/** Why a budget without a rate of its own has one. */
function patience({ scheduler }: Node, { kind, name }: NonNullable<Held['by']>): string {
  const learned = kind === 'origin' ? scheduler.budgets.target(name)?.learned.rate : undefined;
  if (learned === undefined || learned === Number.POSITIVE_INFINITY) return 'asked for patience';
  return `refused more than ${learned.toFixed(1)}/s`;
}

function span(ms: number): string {
  if (ms < 10_000) return `${(Math.max(0, ms) / 1_000).toFixed(1)} s`;
  if (ms < 120_000) return `${Math.round(ms / 1_000)} s`;
  if (ms < 7_200_000) return `${Math.round(ms / 60_000)} min`;
  return ms < 172_800_000 ? `${Math.round(ms / 3_600_000)} h` : `${Math.round(ms / 86_400_000)} d`;
}
