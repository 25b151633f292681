// Operations on many jobs, for people and programs.

import type { BulkPreview, BulkRequest, BulkView } from '../mending.ts';
import { type Format, styled } from './output.ts';
import { plainLine } from './plain-text.ts';
import { relative } from './span.ts';
import { type Column, table } from './table.ts';

/** Before anything is done. */
export function countLine(
  action: BulkRequest['action'],
  { jobs, partial, sample }: BulkPreview,
): string {
  if (jobs === 0) return 'No job is meant.';
  const count = `${partial ? 'more than ' : ''}${jobs} ${jobs === 1 ? 'job' : 'jobs'}`;
  return `${action}: ${count}, such as ${plainLine(sample[0] ?? '')}`;
}

export function progressLine({ state, progress, expected }: BulkView): string {
  const { done, matched, skipped, failed } = progress;
  const of = `${matched} of ${expected.partial ? 'more than ' : ''}${expected.jobs}`;
  const counts = [`${done} done`, ...reasons('left alone', skipped), ...reasons('failed', failed)];
  return `${state}: ${of} looked at, ${counts.join(', ')}`;
}

function reasons(what: string, counts: Readonly<Record<string, number>>): string[] {
  const entries = Object.entries(counts);
  const total = entries.reduce((sum, [, count]) => sum + count, 0);
  if (total === 0) return [];
  const parts = entries.map(([why, count]) => `${plainLine(why)} ${count}`);
  return [`${total} ${what} (${parts.join(', ')})`];
}

export function show(bulk: BulkView, format: Format): string {
  if (format === 'json') return `${JSON.stringify(bulk, null, 2)}\n`;
  if (format === 'jsonl') return `${JSON.stringify(bulk)}\n`;
  return format === 'id' ? `${bulk.id}\n` : `${bulk.id}  ${progressLine(bulk)}\n`;
}

export function showAll(bulks: readonly BulkView[], format: Format): string {
  if (format === 'json') return `${JSON.stringify(bulks, null, 2)}\n`;
  if (format !== 'table') return bulks.map((bulk) => show(bulk, format)).join('');
  const width = process.stdout.isTTY ? process.stdout.columns || 80 : undefined;
  return table(columns(Date.now()), bulks, { width, paintTitle: (text) => styled('dim', text) });
}

function columns(now: number): readonly Column<BulkView>[] {
  return [
    { title: 'ID', cell: ({ id }) => id },
    { title: 'STATE', cell: ({ state }) => state },
    { title: 'ACTION', cell: ({ action }) => action },
    { title: 'DONE', cell: ({ progress }) => String(progress.done), isRight: true },
    { title: 'OF', cell: ({ expected }) => String(expected.jobs), isRight: true },
    {
      title: 'FILTER',
      cell: ({ filter }) => plainLine(JSON.stringify(filter)),
      isFlexible: true,
    },
    { title: 'BEGUN', cell: ({ createdAt }) => relative(createdAt, now) },
  ];
}
