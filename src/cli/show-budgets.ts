// Queues, limits and origins in each of the formats.

import type { LimitView, OriginView, QueueView } from '../budget.ts';
import { type Format, styled } from './output.ts';
import { plainLine } from './plain-text.ts';
import { relative } from './span.ts';
import { type Column, table } from './table.ts';

type View = QueueView | LimitView;

export function showBudgets(views: readonly View[], format: Format): string {
  return shown(views, format, { nameOf, columns: budgetColumns(views) });
}

export function showOrigins(origins: readonly OriginView[], format: Format): string {
  return shown(origins, format, { nameOf: ({ origin }) => origin, columns: originColumns });
}

interface Look<Row> {
  readonly nameOf: (row: Row) => string;
  readonly columns: readonly Column<Row>[];
}

function shown<Row>(rows: readonly Row[], format: Format, look: Look<Row>): string {
  if (format === 'json') return `${JSON.stringify(rows, null, 2)}\n`;
  if (format === 'jsonl') return rows.map((row) => `${JSON.stringify(row)}\n`).join('');
  if (format === 'id') return rows.map((row) => `${plainLine(look.nameOf(row))}\n`).join('');
  const width = process.stdout.isTTY ? process.stdout.columns || 80 : undefined;
  return table(look.columns, rows, { width, paintTitle: (text) => styled('dim', text) });
}

function nameOf(view: View): string {
  return 'queue' in view ? view.queue : view.limit;
}

function budgetColumns(views: readonly View[]): readonly Column<View>[] {
  const isQueues = views.some((view) => 'queue' in view);
  const waiting: Column<View> = {
    title: 'WAITING',
    cell: (view) => ('waiting' in view ? String(view.waiting) : '–'),
    isRight: true,
  };
  return [
    {
      title: isQueues ? 'QUEUE' : 'LIMIT',
      cell: (view) => plainLine(nameOf(view)),
      isFlexible: true,
    },
    ...(isQueues ? [waiting] : []),
    { title: 'RUNNING', cell: ({ running }) => String(running), isRight: true },
    { title: 'AT ONCE', cell: ({ concurrency }) => String(concurrency ?? '–'), isRight: true },
    { title: 'RATE', cell: rateText },
    ...(isQueues ? [{ title: 'ORDER', cell: orderText }] : []),
    { title: 'NOW', cell: nowText, paint: (text: string) => styled('yellow', text) },
  ];
}

const originColumns: readonly Column<OriginView>[] = [
  { title: 'ORIGIN', cell: ({ origin }) => plainLine(origin), isFlexible: true },
  { title: 'RUNNING', cell: ({ running }) => String(running), isRight: true },
  { title: 'AT ONCE', cell: ({ concurrency }) => String(concurrency), isRight: true },
  { title: 'LEARNED', cell: learnedText },
  { title: 'CIRCUIT', cell: ({ circuit }) => plainLine(circuit) },
  { title: 'NEXT', cell: ({ opensAt }) => openText(opensAt) },
];

function rateText({ rate, burst }: View): string {
  if (rate === undefined) return '–';
  return plainLine(burst === undefined ? rate : `${rate}, burst ${burst}`);
}

function orderText(view: View): string {
  if (!('order' in view) || view.order !== 'strict') return '–';
  return plainLine(`strict, ${view.onFailure ?? 'block'}`);
}

function nowText(view: View): string {
  if ('parkedBy' in view && view.parkedBy !== undefined) return `parked by ${view.parkedBy}`;
  if (view.paused) return 'paused';
  return view.opensAt === undefined ? '' : `next ${openText(view.opensAt)}`;
}

function openText(opensAt: string | undefined): string {
  return opensAt === undefined ? 'now' : relative(opensAt, Date.now());
}

function learnedText({ learnedRate, learnedConcurrency }: OriginView): string {
  const rate = learnedRate === undefined ? [] : [`${learnedRate}/s`];
  const atOnce = learnedConcurrency === undefined ? [] : [`${learnedConcurrency} at once`];
  return [...rate, ...atOnce].join(', ') || '–';
}

/** One of them, with everything that is known. */
export function showBudget(view: View, format: Format): string {
  if (format === 'json') return `${JSON.stringify(view, null, 2)}\n`;
  if (format === 'jsonl') return `${JSON.stringify(view)}\n`;
  if (format === 'id') return `${plainLine(nameOf(view))}\n`;
  const lines = facts(view).filter(([, value]) => value !== '');
  return lines.map(([name, value]) => `${styled('dim', name.padEnd(13))}${value}\n`).join('');
}

function facts(view: View): [name: string, value: string][] {
  const { concurrency, rate, running, pinned, disagreements } = view;
  const counts = 'waiting' in view ? `${view.waiting} (${view.ready} ready in memory)` : '';
  const isStrict = 'order' in view && view.order !== undefined;
  return [
    ['queue' in view ? 'queue' : 'limit', plainLine(nameOf(view))],
    ['now', styled('yellow', nowText(view))],
    ['waiting', counts],
    ['running', String(running)],
    ['concurrency', concurrency === undefined ? '' : String(concurrency)],
    ['rate', rate === undefined ? '' : rateText(view)],
    ['order', isStrict ? orderText(view) : ''],
    ['pinned', plainLine(pinned.join(', '))],
    ['disagreements', disagreements === 0 ? '' : `${disagreements}; ${lastText(view)}`],
  ];
}

function lastText({ lastDisagreement: last }: View): string {
  if (last === undefined) return '';
  const what = `${last.field} ${last.had ?? 'unset'}, job ${last.jobId} said ${last.said}`;
  const end = last.applied ? 'it counts since' : 'pinned, so it does not count';
  return plainLine(`${what} ${relative(last.at, Date.now())}: ${end}`);
}
