// One line about a group as `all` gives it. A body that did not fit into the line is read from the
// job when somebody reads it.

import { resultOf } from '../all/result.ts';
import { answerResponse } from '../answer-response.ts';
import { SendoffError } from '../errors.ts';
import type { GroupReason, GroupResult } from '../group.ts';
import type { HeaderLines, State } from '../job/job.ts';
import type { JobView } from '../sendoff.ts';
import { answerOf } from './answer.ts';
import type { Transport } from './transport.ts';

/** What a server says of one request of a group. */
export interface Line {
  readonly key: string | number;
  readonly id: string;
  readonly state: State | 'pruned';
  readonly reason?: GroupReason;
  readonly error?: string;
  readonly detail?: string;
  readonly url?: string;
  readonly ms?: number;
  readonly status?: number;
  readonly headers?: HeaderLines;
  readonly bodyBytes?: number;
  readonly body?: string;
  readonly bodyBase64?: string;
  readonly truncated?: true;
}

/** Undefined: it is not settled. */
export function groupResult(line: Line, transport: Transport): GroupResult | undefined {
  const { key, id, state, reason, error, detail, ms = 0 } = line;
  if (state === 'pending' || state === 'running') return undefined;
  if (state === 'pruned') return resultOf({ key, id, state: 'failed', reason: 'pruned', ms });
  // A success must have an answer, even one that only says that it is gone.
  const isAnswered = line.status !== undefined || state === 'succeeded';
  const respond = isAnswered ? () => responseOf(line, transport) : undefined;
  return resultOf({ key, id, state, reason, error, detail, ms, respond });
}

/** @throws SendoffError `response_pruned` */
function responseOf(line: Line, transport: Transport): globalThis.Response {
  const { id, url = '', status, headers = [], bodyBytes = 0 } = line;
  if (status === undefined) {
    const detail = `The answer of job ${id} is no longer kept`;
    throw new SendoffError('response_pruned', detail, { jobId: id });
  }
  // What the kept body lacks is said by the job's own response.
  const view = { status, headers, bodyBytes, truncated: false, incomplete: false };
  const body = line.truncated ? fromJob(id, transport) : inLine(line);
  return answerResponse(view, { url, body });
}

async function* inLine({ body, bodyBase64 }: Line): AsyncGenerator<Uint8Array> {
  const bytes =
    bodyBase64 === undefined ? Buffer.from(body ?? '') : Buffer.from(bodyBase64, 'base64');
  if (bytes.length > 0) yield bytes;
}

async function* fromJob(id: string, transport: Transport): AsyncGenerator<Uint8Array> {
  const path = `/v1/jobs/${id}`;
  const job = await transport.json<JobView>({ method: 'GET', path, isRepeatable: true });
  const response = await answerOf(transport, job);
  if (response?.body) yield* response.body;
}
