// Jobs in each of the formats.

import type { JobView, TargetView } from '../sendoff.ts';
import { type Format, styled } from './output.ts';
import { plainLine } from './plain-text.ts';
import { relative } from './span.ts';
import { type Column, table } from './table.ts';

export function showJobs(jobs: readonly JobView[], format: Format): string {
  if (format === 'json') return `${JSON.stringify(jobs, null, 2)}\n`;
  if (format === 'jsonl') return jobs.map((job) => `${JSON.stringify(job)}\n`).join('');
  if (format === 'id') return jobs.map(({ id }) => `${id}\n`).join('');
  const width = process.stdout.isTTY ? process.stdout.columns || 80 : undefined;
  return table(columns(Date.now()), jobs, { width, paintTitle: (text) => styled('dim', text) });
}

function columns(now: number): readonly Column<JobView>[] {
  return [
    { title: 'ID', cell: ({ id }) => id },
    { title: 'STATE', cell: stateText, paint: (text, job) => styled(stateColour(job), text) },
    { title: 'METHOD', cell: ({ target }) => plainLine(methodText(target)) },
    { title: 'TARGET', cell: ({ target }) => plainLine(whereText(target)), isFlexible: true },
    { title: 'TRIES', cell: ({ attempts }) => String(attempts), isRight: true },
    { title: 'ANSWER', cell: ({ response }) => String(response?.status ?? '–'), isRight: true },
    { title: 'WHEN', cell: (job) => when(job, now) },
  ];
}

function methodText(target: TargetView): string {
  return target.kind === 'http' ? target.method : 'RUN';
}

function whereText(target: TargetView): string {
  if (target.kind === 'http') return target.url;
  return [target.name ?? target.program ?? '', ...target.args].join(' ');
}

export function targetText(target: TargetView): string {
  return `${methodText(target)} ${whereText(target)}`;
}

export function stateText({ state, reason, clock, waiting }: JobView): string {
  const why = clock === undefined ? (reason ?? waiting) : `${reason}: ${clock}`;
  return why === undefined ? state : `${state} (${plainLine(why)})`;
}

export function stateColour({ state }: JobView): 'green' | 'red' | 'cyan' | 'yellow' | 'dim' {
  if (state === 'succeeded') return 'green';
  if (state === 'failed') return 'red';
  if (state === 'running') return 'cyan';
  return state === 'pending' ? 'yellow' : 'dim';
}

function when({ state, settledAt, runAt, createdAt }: JobView, now: number): string {
  if (settledAt !== undefined) return relative(settledAt, now);
  return relative(state === 'pending' ? runAt : createdAt, now);
}
