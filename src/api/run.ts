// `POST /v1/commands/{name}/run`: a command as a job. A JSON body says everything; any other body
// is the standard input itself, streamed, with the arguments in the query and options in headers.
// The same at `/v1/commands/run` for a program without a name, for callers on this machine alone.

import { keepBody } from '../engine/intake/keep-body.ts';
import { SendoffError } from '../errors.ts';
import type { Submission } from '../job/checked.ts';
import { refuseUnnamed } from '../job/command-rules.ts';
import { parseJobDocument } from '../job/json.ts';
import { describedJob, mostBodyBytes } from '../job/json-job.ts';
import { checkJob } from '../job/options.ts';
import { shown } from '../job/shown.ts';
import { limits } from '../limits.ts';
import { acknowledge } from './acknowledge.ts';
import type { Api } from './context.ts';
import { type Exchange, hasBody } from './exchange.ts';
import { incomingBody } from './incoming-body.ts';
import { addOptions, refuseOptions, withKey } from './options-from-headers.ts';
import { readBody } from './read-body.ts';

type Fields = Record<string, unknown>;

const PATH = /^\/v1\/commands\/(?:([^/]+)\/)?run$/;
const JSON_TYPE = /^application\/json\s*(;|$)/i;

export function isRunPath(path: string): boolean {
  return PATH.test(path);
}

export async function runCommand(exchange: Exchange, api: Api): Promise<void> {
  const command = commandOf(exchange, api);
  const isDocument = JSON_TYPE.test(exchange.head.contentType ?? '') && hasBody(exchange);
  const read = isDocument ? fromDocument : fromInput;
  await acknowledge(exchange, api, await read(exchange, command, api));
}

/** What the path says: a name, or nothing for a program without one. */
function commandOf({ head, door }: Exchange, { commands }: Api): { command?: string } {
  const name = PATH.exec(head.path)?.[1];
  if (name !== undefined) return { command: decoded(name) };
  refuseUnnamed(commands);
  // Who may open the socket may run programs; those for whom a proxy opens it may not.
  if (head.proxyHeader !== undefined) {
    const detail = `Expected no proxy in between, got \`${head.proxyHeader}\``;
    throw new SendoffError('proxy_needs_token', detail, { field: head.proxyHeader });
  }
  if (door.kind === 'socket') return {};
  const detail = 'Commands without a name are taken over the Unix socket alone';
  throw new SendoffError('runner_disabled', detail, { field: 'program' });
}

function decoded(name: string): string {
  try {
    return decodeURIComponent(name);
  } catch {
    return name;
  }
}

async function fromDocument(
  exchange: Exchange,
  command: { readonly command?: string },
  api: Api,
): Promise<Submission> {
  const { head } = exchange;
  readArguments(head.query, []);
  refuseOptions(head);
  await undefined;
  const limitBytes = Math.ceil((api.requestBodyBytes * 4) / 3) + limits.jsonOverheadBytes;
  const source = await readBody(exchange, { limitBytes, ...api });
  const document = withKey(parseJobDocument(source), head);
  refuseCommand(document.fields, command);
  const fields = { ...document.fields, ...command };
  const door = { ...api, mayRunAny: command.command === undefined };
  const { job, bytes } = describedJob({ ...document, fields }, door, head);
  return { job, body: await keepBody(api.engine, bytes) };
}

/** The path names the command; the body must not name another. */
function refuseCommand({ command }: Fields, named: { readonly command?: string }): void {
  if (command === undefined || command === named.command) return;
  const detail = `Expected the command of the path alone, got ${shown(command)}`;
  throw new SendoffError('invalid_field', detail, { field: 'command' });
}

async function fromInput(
  exchange: Exchange,
  command: { readonly command?: string },
  api: Api,
): Promise<Submission> {
  const { head } = exchange;
  const mayRunAny = command.command === undefined;
  const known = mayRunAny ? (['program', 'folder'] as const) : [];
  const fields: Fields = { ...readArguments(head.query, known), ...command };
  addOptions(fields, head);
  const { commands, clock } = api;
  const job = checkJob(fields, {
    ...{ now: clock.now(), hasBody: hasBody(exchange), commands, mayRunAny },
  });
  const mostBytes = mostBodyBytes(job.spec.target, api);
  return { job, body: await incomingBody(exchange, api, mostBytes) };
}

/** `arg` any number of times, the others once. */
function readArguments(query: string, known: readonly string[]): Fields {
  const fields: Fields = {};
  const args: string[] = [];
  for (const [name, value] of new URLSearchParams(query)) {
    if (name === 'arg') args.push(value);
    else if (known.includes(name) && fields[name] === undefined) fields[name] = value;
    else {
      const detail = `Expected \`${['arg', ...known].join('`, `')}\`, got ${shown(name)}`;
      throw new SendoffError('unknown_parameter', detail, { field: shown(name).slice(1, -1) });
    }
  }
  return args.length === 0 ? fields : { ...fields, args };
}
