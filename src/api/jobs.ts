// `POST /v1/jobs`: one job as a JSON object, up to `limits.jobsPerArray` as an array (all stored or
// none), or any number as NDJSON.

import type { Engine } from '../engine/engine.ts';
import { keepBody } from '../engine/intake/keep-body.ts';
import { discardBody } from '../engine/intake/receive-body.ts';
import { SendoffError } from '../errors.ts';
import type { Submission } from '../job/checked.ts';
import { type JobDocument, parseJobDocuments } from '../job/json.ts';
import { describedJob } from '../job/json-job.ts';
import { limits } from '../limits.ts';
import { acknowledge } from './acknowledge.ts';
import type { Api } from './context.ts';
import type { Exchange } from './exchange.ts';
import { hasBody } from './exchange.ts';
import { documentKind } from './media-type.ts';
import { handOverLines } from './ndjson.ts';
import { refuseOptions, withKey } from './options-from-headers.ts';
import { readQuery } from './query.ts';
import { readBody } from './read-body.ts';
import { writeReceipts } from './receipt.ts';

export async function handOver(exchange: Exchange, api: Api): Promise<void> {
  const { head } = exchange;
  readQuery(head.query, []);
  refuseOptions(head);
  if (documentKind(head) === 'ndjson') {
    refuseKey(exchange);
    return handOverLines(exchange, api);
  }
  // One turn later a document that came in one piece with the head is complete.
  if (hasBody(exchange)) await undefined;
  const limitBytes = Math.ceil((api.requestBodyBytes * 4) / 3) + limits.jsonOverheadBytes;
  const source = await readBody(exchange, { limitBytes, ...api });
  const { isArray, documents } = parseJobDocuments(source);
  if (isArray) return handOverArray(exchange, api, documents);
  const { job, bytes } = describedJob(withKey(documents[0] as JobDocument, head), api, head);
  await acknowledge(exchange, api, { job, body: await keepBody(api.engine, bytes) });
}

async function handOverArray(
  exchange: Exchange,
  api: Api,
  documents: readonly JobDocument[],
): Promise<void> {
  refuseKey(exchange);
  const described = documents.map((document, index) => {
    try {
      return describedJob(document, api);
    } catch (error) {
      throw atIndex(error, index);
    }
  });
  const group = await withBodies(described, api.engine);
  writeReceipts(exchange.response, await api.engine.submit(group, exchange.from));
}

async function withBodies(
  described: readonly ReturnType<typeof describedJob>[],
  engine: Engine,
): Promise<Submission[]> {
  const group: Submission[] = [];
  try {
    for (const { job, bytes } of described) {
      group.push({ job, body: await keepBody(engine, bytes) });
    }
    return group;
  } catch (error) {
    for (const { body } of group) discardBody(body);
    throw error;
  }
}

/** One key cannot stand for several jobs. */
export function refuseKey({ head }: Exchange): void {
  if (head.idempotencyKey === undefined) return;
  const detail = 'Expected `key` in each job, got `idempotency-key` for several';
  throw new SendoffError('invalid_field', detail, { field: 'idempotency-key' });
}

function atIndex(error: unknown, index: number): unknown {
  if (!(error instanceof SendoffError)) return error;
  const { code, message, field } = error;
  return new SendoffError(code, `Job ${index}: ${message}`, {
    index,
    cause: error,
    ...(field === undefined ? {} : { field }),
  });
}
