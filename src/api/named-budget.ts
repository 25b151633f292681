// One queue or one limit: `/v1/queues/{name}`, `/v1/limits/{name}`, and `pause` and `resume` of
// each. A name may be a URL or have any other sign, percent-encoded, so it is read from the request
// target as it came: a parser of URLs would take `%2F` and `%2E%2E` for parts of a path.

import { SendoffError } from '../errors.ts';
import { checkBudgetChange } from '../job/budget-change.ts';
import { parsePlainJson } from '../job/json.ts';
import { checkName } from '../job/text.ts';
import { limits } from '../limits.ts';
import type { Api } from './context.ts';
import type { Exchange } from './exchange.ts';
import { requireJson } from './media-type.ts';
import { refuseOptions } from './options-from-headers.ts';
import { RefusedError } from './problem.ts';
import { readQuery } from './query.ts';
import { readBody } from './read-body.ts';
import { jsonHead } from './receipt.ts';

const PREFIX = /^\/v1\/(?:queues|limits)\//;
const PATH = /^\/v1\/(queue|limit)s\/(?!\.{1,2}(?:\/|$))([^/]+)(?:\/(pause|resume))?$/;

export function isNamedBudgetPath(path: string): boolean {
  return PREFIX.test(path);
}

/** A queue or limit that a path names. */
interface Named {
  readonly kind: 'queue' | 'limit';
  readonly name: string;
}

type Act = (exchange: Exchange, api: Api, named: Named) => Promise<unknown>;

const ofOne: ReadonlyMap<string, Act> = new Map<string, Act>([
  ['GET', look],
  ['HEAD', look],
  ['PATCH', change],
  ['DELETE', (_, { engine }, { kind, name }) => engine.forgetBudget(kind, name)],
]);

export async function answerNamedBudget(exchange: Exchange, api: Api): Promise<void> {
  const { head, request, response } = exchange;
  const [, kind, text, verb] = PATH.exec(head.path) ?? [];
  if (kind === undefined || text === undefined) throw nothingHere();
  const acts = verb === undefined ? ofOne : new Map([['POST', verb === 'pause' ? pause : resume]]);
  const act = acts.get(request.method ?? '');
  if (act === undefined) throw notAllowed(request.method, acts.keys());
  readQuery(head.query, []);
  refuseOptions(head);
  const named = { kind: kind as Named['kind'], name: checkName(decoded(text, kind), kind) };
  const view = await act(exchange, api, named);
  if (view === undefined) {
    response.writeHead(204, { 'Cache-Control': 'no-store' }).end();
    return;
  }
  const body = JSON.stringify(view);
  response.writeHead(200, { ...jsonHead, 'Content-Length': Buffer.byteLength(body) });
  response.end(body);
}

async function look(_: Exchange, { engine }: Api, { kind, name }: Named): Promise<object> {
  const view = await (kind === 'queue' ? engine.queue(name) : engine.limit(name));
  if (view === undefined) throw new SendoffError('not_found', `There is no ${kind} \`${name}\``);
  return view;
}

async function change(exchange: Exchange, api: Api, named: Named): Promise<object> {
  requireJson(exchange.head);
  const limitBytes = limits.budgetChangeBytes;
  const source = await readBody(exchange, { limitBytes, ...api });
  const { kind, name } = named;
  await api.engine.changeBudget(kind, name, checkBudgetChange(parsePlainJson(source), kind));
  return look(exchange, api, named);
}

async function pause(exchange: Exchange, api: Api, named: Named): Promise<object> {
  await api.engine.pause(named.kind, named.name);
  return look(exchange, api, named);
}

async function resume(exchange: Exchange, api: Api, named: Named): Promise<object> {
  await api.engine.resume(named.kind, named.name);
  return look(exchange, api, named);
}

function decoded(text: string, kind: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    const detail = `Expected the name of the ${kind} to be percent-encoded UTF-8`;
    throw new SendoffError('invalid_text', detail, { field: kind });
  }
}

function nothingHere(): SendoffError {
  const hint = 'a name goes there percent-encoded, as in /v1/queues/https%3A%2F%2Fapi.example';
  return new SendoffError('not_found', `There is nothing at this path; ${hint}`);
}

function notAllowed(method: string | undefined, known: Iterable<string>): RefusedError {
  const allow = [...known].join(', ');
  return new RefusedError('method_not_allowed', `Expected ${allow}, got \`${method}\``, {
    headers: { allow },
  });
}
