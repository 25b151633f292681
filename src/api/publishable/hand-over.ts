// `POST /v1/routes/{name}`: a page hands over a body. What costs least is asked first: the key, the
// ticket, the length; then the body is read and judged.

import { hash, timingSafeEqual } from 'node:crypto';
import { PAGES } from '../../engine/intake/admit.ts';
import { keepBody } from '../../engine/intake/keep-body.ts';
import { SendoffError } from '../../errors.ts';
import { checkId } from '../../job/id.ts';
import { parsePlainJson } from '../../job/json.ts';
import type { CheckedRoute } from '../../job/publishable-route.ts';
import { shown } from '../../job/shown.ts';
import type { Receipt } from '../../sendoff.ts';
import { submitOne } from '../acknowledge.ts';
import type { Api } from '../context.ts';
import type { Exchange } from '../exchange.ts';
import { documentKind } from '../media-type.ts';
import { RefusedError } from '../problem.ts';
import { readQuery } from '../query.ts';
import { readBody } from '../read-body.ts';
import { jsonHead } from '../receipt.ts';
import { checkSendTicket, lookTicket } from './ticket.ts';

export async function handOverPublicly(
  exchange: Exchange,
  route: CheckedRoute,
  api: Api,
): Promise<void> {
  const { head } = exchange;
  readQuery(head.query, []);
  const options = readOptions(exchange);
  checkKey(route, options.key);
  const id = checkedId(route, options, api);
  if (head.contentEncoding !== undefined && head.contentEncoding !== 'identity') {
    const detail = 'Expected the body without `content-encoding`';
    throw new SendoffError('content_encoding_not_supported', detail, { field: 'content-encoding' });
  }
  if (route.judge !== undefined) checkIsJson(exchange);
  const limitBytes = Math.min(route.bodyBytes, api.requestBodyBytes);
  const bytes = await readBody(exchange, { limitBytes, ...api });
  judge(route, bytes);
  const job = route.job({ id, contentType: head.contentType, now: api.clock.now() });
  api.checkJobTarget(job.spec.target);
  const body = await keepBody(api.engine, bytes.length === 0 ? undefined : bytes);
  const receipt = await submitOne(api.engine, { job, body }, PAGES);
  writePublicReceipt(
    exchange,
    receipt,
    lookTicket(api.secret, { route: route.name, id: receipt.id }),
  );
}

interface Options {
  key?: string;
  id?: string;
  ticket?: string;
}

const names: ReadonlyMap<string, keyof Options> = new Map([
  ['sendoff-publishable-key', 'key'],
  ['sendoff-id', 'id'],
  ['sendoff-ticket', 'ticket'],
]);

/** A page chooses nothing but an id; how to deliver is the operator's. */
function readOptions({ head }: Exchange): Options {
  const options: Options = {};
  for (const [header, value] of head.options ?? []) {
    const name = names.get(header);
    if (name === undefined) {
      const detail = `Expected no option of delivery on this route, got ${shown(header)}`;
      throw new SendoffError('unknown_field', detail, { field: shown(header).slice(1, -1) });
    }
    if (options[name] !== undefined) {
      throw new SendoffError('invalid_field', `Expected \`${header}\` once`, { field: header });
    }
    options[name] = value;
  }
  if (head.idempotencyKey === undefined) return options;
  const detail = 'Expected no `idempotency-key` on this route: an id in `sendoff-id` does the same';
  throw new SendoffError('unknown_field', detail, { field: 'idempotency-key' });
}

function checkKey({ keyHash }: CheckedRoute, key: string | undefined): void {
  if (key !== undefined && timingSafeEqual(hash('sha256', key, 'buffer'), keyHash)) return;
  const detail = key === undefined ? 'got none' : 'got another';
  throw new RefusedError(
    'unauthorized',
    `Expected \`sendoff-publishable-key\` to be the key of this route, ${detail}`,
    {
      field: 'sendoff-publishable-key',
      headers: { 'www-authenticate': 'Sendoff-Publishable-Key realm="sendoff"' },
    },
  );
}

function checkedId(route: CheckedRoute, options: Options, api: Api): string | undefined {
  const id = options.id === undefined ? undefined : checkId(options.id);
  if (!route.tickets) return id;
  const { ticket } = options;
  if (ticket === undefined) {
    const detail = 'Expected `sendoff-ticket`, as this route takes nothing without one';
    throw new SendoffError('ticket_needed', detail, { field: 'sendoff-ticket' });
  }
  const given = { route: route.name, ticket, now: api.clock.now() };
  const named = checkSendTicket(api.secret, given);
  if (id === undefined || id === named) return named;
  throw new SendoffError('ticket_invalid', 'Expected `sendoff-id` to be the id in the ticket', {
    field: 'sendoff-id',
  });
}

function checkIsJson({ head }: Exchange): void {
  const isJson = head.contentType !== undefined && documentKind(head) === 'json';
  if (isJson) return;
  const detail = 'Expected `content-type: application/json`, as this route has a schema';
  throw new SendoffError('content_type_not_supported', detail, { field: 'content-type' });
}

function judge(route: CheckedRoute, bytes: Uint8Array): void {
  if (route.judge === undefined) return;
  const violation = route.judge(parsePlainJson(bytes));
  if (violation === undefined) return;
  const field = violation.path === '' ? 'body' : violation.path;
  const detail = `Expected \`${field}\` to be as the schema of this route has it`;
  throw new SendoffError('schema_violation', `${detail}: ${violation.message}`, { field });
}

function writePublicReceipt({ response }: Exchange, receipt: Receipt, ticket: string): void {
  const { id, state, duplicate } = receipt;
  const body = JSON.stringify({ id, state, duplicate, ticket });
  response.writeHead(202, {
    ...jsonHead,
    'Sendoff-Job': id,
    ...(duplicate && { 'Sendoff-Duplicate': 'true' }),
    'Content-Length': Buffer.byteLength(body),
  });
  response.end(body);
}
