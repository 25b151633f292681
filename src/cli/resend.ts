// `sendoff resend`: a job once more, as another one.

import { Command } from 'commander';
import type { ResendEdits } from '../mending.ts';
import { collected, type Finish, headerLines, outputOption, wholeNumber } from './arguments.ts';
import { type ContentFlags, contentInput } from './body-input.ts';
import { addServerFlags, type ServerFlags, withClient } from './connect.ts';
import { exitCodes } from './exit-code.ts';
import { type Format, print } from './output.ts';

interface Flags extends ServerFlags, ContentFlags, Omit<EditFlags, 'header'> {
  readonly id?: string;
  readonly key?: string;
  readonly output: Format;
}

/** What can be different in one job, and in many. */
export interface EditFlags {
  readonly url?: string;
  readonly method?: string;
  readonly header?: readonly [string, string][];
  readonly withoutHeader?: readonly string[];
  readonly delay?: string;
  readonly at?: string;
  readonly retries?: number;
  readonly queue?: string;
  readonly priority?: number;
  readonly timeout?: string;
  readonly deadline?: string;
  readonly tag?: readonly string[];
  readonly keep?: string;
}

const examples = `
Examples:
  sendoff resend ID                                  the same once more, as a new job
  sendoff resend ID --json @fixed.json               with another body
  sendoff resend ID --url https://new.test/x -H 'x-tenant: b'
`;

export function resendCommand(finish: Finish): Command {
  const command = new Command('resend')
    .description('Hand a job over again, as another one; the old one stays as it is.')
    .argument('<id>')
    .option('--url <url>', 'another target')
    .option('--method <method>', 'another method')
    .option(
      '-H, --header <line>',
      "'Name: value' in place of the old, may be repeated",
      headerLines,
    )
    .option('--without-header <name>', 'leave a header out, may be repeated', collected)
    .option('-d, --data <text>', 'another body: text, @file, or - for standard input')
    .option('--json <text>', 'another body as JSON: text, @file, or -')
    .option('--form <pair>', 'name=value or name=@file, may be repeated', collected)
    .option('--delay <time>', 'not before this has passed, such as 5m')
    .option('--at <instant>', 'not before this instant')
    .option('--retries <n>', 'tries after the first', wholeNumber)
    .option('--key <key>', 'idempotency key')
    .option('--id <uuid>', 'the id of the new job')
    .option('--queue <name>', 'the line to wait in')
    .option('--priority <n>', '0 (soonest) to 3', wholeNumber)
    .option('--timeout <time>', 'for one attempt')
    .option('--deadline <time>', 'give up after this')
    .option('--tag <tag>', 'may be repeated', collected)
    .option('--keep <time>', 'how long it is remembered once it has settled')
    .addOption(outputOption())
    .addHelpText('after', examples)
    .action((id: string, flags: Flags) => finish(resend(id, flags)));
  return addServerFlags(command);
}

async function resend(jobId: string, flags: Flags): Promise<number> {
  const { id, key, output, header, json, data, form } = flags;
  // curl's own type of -d says nothing about what is mended here.
  const { headers: typed, ...content } = await contentInput({
    ...(data !== undefined && { data }),
    ...(json !== undefined && { json }),
    ...(form !== undefined && { form }),
  });
  const type = json === undefined ? [] : (typed as [string, string][]);
  const edits: ResendEdits = {
    ...editsFrom({ ...flags, header: [...type, ...(header ?? [])] }),
    ...(id !== undefined && { id }),
    ...(key !== undefined && { key }),
    ...content,
  };
  return withClient(flags, async (client) => {
    const receipt = await client.resend(jobId, edits);
    if (output === 'json') await print(`${JSON.stringify(receipt, null, 2)}\n`);
    else if (output === 'jsonl') await print(`${JSON.stringify(receipt)}\n`);
    else await print(`${receipt.id}\n`);
    return exitCodes.done;
  });
}

export function editsFrom(flags: EditFlags): Record<string, unknown> {
  const {
    url,
    method,
    delay,
    at,
    retries,
    queue,
    priority,
    timeout,
    deadline,
    tag: tags,
    keep,
  } = flags;
  const headers = headerEdits(flags);
  const options = { delay, at, retries, queue, priority, timeout, deadline, tags, keep };
  const given = Object.entries({ url, method, headers, ...options });
  return Object.fromEntries(given.filter(([, value]) => value !== undefined));
}

/** A name may stand on several lines; null leaves it out. */
function headerEdits({ header = [], withoutHeader = [] }: EditFlags): object | undefined {
  if (header.length + withoutHeader.length === 0) return undefined;
  const headers: Record<string, string[] | null> = {};
  for (const name of withoutHeader) headers[name.toLowerCase()] = null;
  for (const [name, value] of header) {
    const lines = headers[name.toLowerCase()] ?? [];
    headers[name.toLowerCase()] = [...lines, value];
  }
  return headers;
}
