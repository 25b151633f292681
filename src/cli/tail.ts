// `sendoff tail`: every change as it happens, until Ctrl-C.

import { Command } from 'commander';
import type { Client } from '../client.ts';
import { SendoffError } from '../errors.ts';
import type { JobEvent, JobView } from '../sendoff.ts';
import { type Finish, outputOption } from './arguments.ts';
import { addServerFlags, type ServerFlags, withClient } from './connect.ts';
import { exitCodes } from './exit-code.ts';
import { interruptible } from './interrupt.ts';
import { type Format, print, say, styled } from './output.ts';
import { plainLine } from './plain-text.ts';
import { stateText } from './show-jobs.ts';
import { showOutput } from './show-output.ts';

interface Flags extends ServerFlags {
  readonly since?: string;
  readonly queue?: string;
  readonly raw?: boolean;
  readonly output: Format;
}

export function tailCommand(finish: Finish): Command {
  const command = new Command('tail')
    .description('Follow what happens, until Ctrl-C.')
    .argument('[id]', 'only this job; of a command its output')
    .option('--raw', 'show the output of a command without escaping anything')
    .option('--since <event>', 'begin after this event')
    .option('--queue <name>', 'only jobs of this queue')
    .addOption(outputOption())
    .action((id: string | undefined, flags: Flags) => finish(tail(id, flags)));
  return addServerFlags(command);
}

async function tail(id: string | undefined, flags: Flags): Promise<number> {
  return withClient(flags, (client) =>
    interruptible(async (signal) => {
      if (id !== undefined) {
        const job = await client.get(id);
        if (job === undefined) throw new SendoffError('not_found', `No job has the id ${id}`);
        const isCommand = job.target.kind === 'command';
        if (isCommand && flags.output === 'table') return follow(client, job, { ...flags, signal });
      }
      const { since, queue } = flags;
      for await (const event of client.events({ signal, ...(since ? { since } : {}) })) {
        if (isWanted(event, { id, queue })) await show(event, flags.output);
      }
      return signal.aborted ? exitCodes.interrupted : exitCodes.done;
    }),
  );
}

/** Of a command what it writes, until it has ended. */
async function follow(
  client: Client,
  { id }: JobView,
  { raw, signal }: Flags & { readonly signal: AbortSignal },
): Promise<number> {
  const job = await showOutput(client, id, { isRaw: raw ?? false, signal });
  if (job === undefined) return exitCodes.interrupted;
  say(`sendoff: ${stateText(job)}`);
  return exitCodes.done;
}

function isWanted(
  event: JobEvent,
  { id, queue }: { readonly id: string | undefined; readonly queue: string | undefined },
): boolean {
  if (event.type === 'reset') return true;
  return (id === undefined || event.jobId === id) && (queue === undefined || event.queue === queue);
}

async function show(event: JobEvent, format: Format): Promise<void> {
  if (format === 'json' || format === 'jsonl') return print(`${JSON.stringify(event)}\n`);
  if (event.type === 'reset')
    return say('Some events were missed; `sendoff ls` shows how it stands.');
  if (format === 'id') return print(`${event.jobId ?? ''}\n`);
  await print(`${eventText(event)}\n`);
}

function eventText(event: JobEvent): string {
  const time = styled('dim', event.at.slice(11, 23));
  const what = styled(colour(event), event.type.replace(/^job\./, '').padEnd(9));
  const { url, file, queue, limit, origin, bulkId, scope } = event;
  const where = plainLine(url ?? file ?? queue ?? limit ?? origin ?? bulkId ?? scope ?? '');
  const parts = [time, what, event.jobId ?? '', where, outcome(event)];
  return parts.filter((part) => part !== '').join('  ');
}

function outcome(event: JobEvent): string {
  const { attempt, status, error, reason, runAt, field, from, to, until, count } = event;
  const parts = [
    field === undefined ? '' : plainLine(`${field} ${from ?? 'none'} to ${to ?? 'none'}`),
    until === undefined ? '' : `until ${until.slice(11, 19)}`,
    count === undefined ? '' : String(count),
    attempt === undefined ? '' : `try ${attempt}`,
    status === undefined ? '' : String(status),
    plainLine(error ?? ''),
    reason ?? '',
    runAt === undefined ? '' : `again at ${runAt.slice(11, 19)}`,
  ];
  return parts.filter((part) => part !== '').join(', ');
}

function colour({ type }: JobEvent): 'green' | 'red' | 'yellow' | 'dim' {
  if (type === 'job.succeeded') return 'green';
  if (type === 'job.failed' || type === 'spool.refused') return 'red';
  return type === 'job.retrying' ? 'yellow' : 'dim';
}
