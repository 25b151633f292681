// `POST /v1/groups`: several requests as one, all stored or none; with `Prefer: wait` their results
// in one answer.

import { keepBody } from '../engine/intake/keep-body.ts';
import { discardBody } from '../engine/intake/receive-body.ts';
import type { Submission } from '../job/checked.ts';
import { inRequest } from '../job/default-options.ts';
import { type GroupDocument, parseGroupDocument } from '../job/group-document.ts';
import { describedJob } from '../job/json-job.ts';
import { limits } from '../limits.ts';
import type { Api } from './context.ts';
import type { Exchange } from './exchange.ts';
import { hangUpSignal, hasBody } from './exchange.ts';
import { groupAnswer } from './group-answer.ts';
import { refuseKey } from './jobs.ts';
import { requireJson } from './media-type.ts';
import { refuseOptions } from './options-from-headers.ts';
import { waitSeconds } from './prefer.ts';
import { readQuery } from './query.ts';
import { readBody } from './read-body.ts';
import { jsonHead } from './receipt.ts';

export async function handOverGroup(exchange: Exchange, api: Api): Promise<void> {
  const { head, response } = exchange;
  readQuery(head.query, []);
  refuseOptions(head);
  refuseKey(exchange);
  requireJson(head);
  if (hasBody(exchange)) await undefined;
  const limitBytes = Math.ceil((api.requestBodyBytes * 4) / 3) + limits.jsonOverheadBytes;
  const document = parseGroupDocument(await readBody(exchange, { limitBytes, ...api }));
  const { id, join, isList, requests } = document;
  const submissions = await submissionsOf(requests, api);
  const keys = requests.map(({ key }) => String(key));
  const named = { ...(id !== undefined && { id }), join, isList, keys };
  const group = await api.engine.submitGroup({ ...named, submissions }, exchange.from);
  const seconds = waitSeconds(head.prefer);
  const wait = { timeoutMs: (seconds ?? 0) * 1_000, signal: hangUpSignal(exchange) };
  const isNew = seconds === undefined && !group.duplicate;
  const answer = await groupAnswer(api.engine, group, isNew ? undefined : wait);
  const { duplicate, notes } = group;
  const body = JSON.stringify({ ...answer, duplicate, notes });
  response.writeHead(answer.state === 'pending' ? 202 : 200, {
    ...jsonHead,
    Location: `/v1/groups/${group.id}`,
    'Content-Length': Buffer.byteLength(body),
    ...(seconds !== undefined && { 'Preference-Applied': `wait=${seconds}` }),
  });
  response.end(body);
}

async function submissionsOf(requests: GroupDocument['requests'], api: Api): Promise<Submission[]> {
  const described = requests.map(({ key, job }) => {
    try {
      return describedJob(job, api);
    } catch (error) {
      throw inRequest(error, key);
    }
  });
  const submissions: Submission[] = [];
  try {
    for (const { job, bytes } of described) {
      submissions.push({ job, body: await keepBody(api.engine, bytes) });
    }
    return submissions;
  } catch (error) {
    for (const { body } of submissions) discardBody(body);
    throw error;
  }
}
