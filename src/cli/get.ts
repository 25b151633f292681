// `sendoff get`: one job, its attempts, or the answer of its target.

import { Command } from 'commander';
import { SendoffError } from '../errors.ts';
import type { AttemptView, JobView, ResponseView } from '../sendoff.ts';
import { type Finish, outputOption } from './arguments.ts';
import { addServerFlags, type ServerFlags, withClient } from './connect.ts';
import { exitCodes } from './exit-code.ts';
import { type Format, print, say, styled } from './output.ts';
import { plainLine } from './plain-text.ts';
import { printBody } from './print-body.ts';
import { stateColour, stateText, targetText } from './show-jobs.ts';
import { relative, size, span } from './span.ts';
import { table } from './table.ts';

interface Flags extends ServerFlags {
  readonly response?: boolean;
  readonly attempts?: boolean;
  readonly raw?: boolean;
  readonly output: Format;
}

export function getCommand(finish: Finish): Command {
  const command = new Command('get')
    .description('Show one job, its attempts, or the answer of its target.')
    .argument('<id>')
    .option('--response', 'print the body of the answer')
    .option('--attempts', 'list what was tried')
    .option('--raw', 'print the body without escaping anything')
    .addOption(outputOption())
    .action((id: string, flags: Flags) => finish(get(id, flags)));
  return addServerFlags(command);
}

async function get(id: string, flags: Flags): Promise<number> {
  return withClient(flags, async (client) => {
    if (flags.attempts) {
      await print(showAttempts(await client.attempts(id), flags.output));
      return exitCodes.done;
    }
    if (flags.response) {
      const response = await client.response(id);
      if (response === undefined) return explainNoResponse(await client.get(id), id);
      await printBody(response, { isRaw: flags.raw ?? false });
      return exitCodes.done;
    }
    const job = await client.get(id);
    if (job === undefined) throw unknownJob(id);
    await print(showJob(job, flags.output));
    return exitCodes.done;
  });
}

function unknownJob(id: string): SendoffError {
  return new SendoffError('not_found', `No job has the id ${id}`);
}

function explainNoResponse(job: JobView | undefined, id: string): number {
  if (job === undefined) throw unknownJob(id);
  if (job.settledAt !== undefined) {
    throw new SendoffError('no_response', `Job ${id} ended without an answer: ${stateText(job)}`);
  }
  say(`sendoff: job ${id} has no answer yet: it is ${stateText(job)}`);
  return exitCodes.waitRanOut;
}

function showJob(job: JobView, format: Format): string {
  if (format === 'json') return `${JSON.stringify(job, null, 2)}\n`;
  if (format === 'jsonl') return `${JSON.stringify(job)}\n`;
  if (format === 'id') return `${job.id}\n`;
  const lines = facts(job, Date.now()).filter(([, value]) => value !== '');
  return lines.map(([name, value]) => `${styled('dim', name.padEnd(10))}${value}\n`).join('');
}

function facts(job: JobView, now: number): [name: string, value: string][] {
  const { target, response } = job;
  const at = (instant: string | undefined): string =>
    instant === undefined ? '' : `${instant} (${relative(instant, now)})`;
  return [
    ['id', job.id],
    ['state', styled(stateColour(job), stateText(job))],
    ['target', plainLine(targetText(target))],
    ['body', size(target.kind === 'http' ? target.bodyBytes : target.inputBytes)],
    ['queue', plainLine(job.queue)],
    ['tags', plainLine(job.tags.join(', '))],
    ['created', at(job.createdAt)],
    ['due', job.settledAt === undefined ? at(job.runAt) : ''],
    ['settled', at(job.settledAt)],
    ['attempts', String(job.attempts)],
    ['answer', response === undefined ? '' : answerText(response)],
  ];
}

function answerText(response: NonNullable<JobView['response']>): string {
  const cut = response.truncated ? ', cut at the limit' : '';
  const broken = response.incomplete ? ', broken off' : '';
  return `${endText(response)}, ${size(response.bodyBytes)}${cut}${broken}`;
}

function endText({ status, exitCode, signal }: ResponseView): string {
  if (signal !== undefined) return `ended by ${plainLine(signal)}`;
  return exitCode === undefined ? String(status) : `exit code ${exitCode}`;
}

function showAttempts(attempts: readonly AttemptView[], format: Format): string {
  if (format === 'json') return `${JSON.stringify(attempts, null, 2)}\n`;
  if (format === 'jsonl') return attempts.map((each) => `${JSON.stringify(each)}\n`).join('');
  if (format === 'id') return attempts.map(({ number }) => `${number}\n`).join('');
  const width = process.stdout.isTTY ? process.stdout.columns || 80 : undefined;
  return table<AttemptView>(
    [
      { title: 'TRY', cell: ({ number }) => String(number), isRight: true },
      { title: 'STARTED', cell: ({ startedAt }) => startedAt },
      { title: 'TOOK', cell: took, isRight: true },
      { title: 'RESULT', cell: ({ result }) => plainLine(result) },
      { title: 'STATUS', cell: ({ status }) => String(status ?? '–'), isRight: true },
      { title: 'DETAIL', cell: detail, isFlexible: true },
    ],
    attempts,
    { width, paintTitle: (text) => styled('dim', text) },
  );
}

function took({ startedAt, endedAt }: AttemptView): string {
  return endedAt === undefined ? '–' : span(Date.parse(endedAt) - Date.parse(startedAt));
}

function detail({ error, detail }: AttemptView): string {
  return plainLine([error, detail].filter((text) => text !== undefined).join(': '));
}
