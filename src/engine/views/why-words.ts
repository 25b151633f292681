// A waiting job's reason as one sentence.

import type { QueueValues } from '../../job/budget-values.ts';
import type { JobRow } from '../../store/store.ts';
import type { Node } from '../node.ts';
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
      return circuitText(node, by?.name ?? '', inTime);
    case 'brake':
      return `most of the network seems to be gone; the next probe is${inTime || ' under way'}`;
    case 'rate':
      return by ? `${rateText(node, by)}, next turn${inTime}` : reason;
    case 'concurrency':
      return by ? concurrencyText(node, by) : reason;
    default:
      return reason;
  }
}

function circuitText({ scheduler }: Node, origin: string, inTime: string): string {
  const { circuit } = scheduler.budgets.target(origin)?.learned ?? {};
  if (circuit === 'ramp') return `${origin} is back, and gets only a few attempts at once for now`;
  return `${origin} fails; the next probe is${inTime || ' under way'}`;
}

/** `limit mail, rate 7/s` */
function rateText(node: Node, by: By): string {
  const said = saidOf(node, by).rate;
  // Its own rate may have a turn free: then it is a target that asked for patience.
  const isHeld = heldUntil(node, by) > node.clock.now();
  if (said !== undefined && !isHeld) return `${by.kind} ${by.name}, rate ${said}`;
  return `${by.kind} ${by.name} ${patience(node, by)}`;
}

/** `queue tenant:a, concurrency 5` */
function concurrencyText(node: Node, by: By): string {
  const { kind, name } = by;
  const { budgets } = node.scheduler;
  if (kind === 'all') return `${name} are under way`;
  if (kind === 'commands') return `${name}, concurrency ${budgets.commands.most}`;
  if (kind !== 'origin') return `${kind} ${name}, concurrency ${saidOf(node, by).concurrency}`;
  const { most = 0 } = budgets.findOrigin(name) ?? {};
  return `${kind} ${name}, concurrency ${Math.min(most, learnedOf(node, name))}`;
}

function learnedOf({ scheduler }: Node, origin: string): number {
  return scheduler.budgets.target(origin)?.learned.concurrency ?? Number.POSITIVE_INFINITY;
}

type By = NonNullable<Held['by']>;

function saidOf({ settings }: Node, { kind, name }: By): QueueValues {
  return kind === 'queue' || kind === 'limit' ? settings.values(kind, name) : {};
}

function heldUntil({ scheduler }: Node, { kind, name }: By): number {
  return kind === 'queue' ? (scheduler.find(name)?.budget.heldUntil ?? 0) : 0;
}

/** Why a budget without a rate of its own has one. */
function patience({ scheduler }: Node, { kind, name }: By): string {
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
