// What a page may know of the job that it handed over: as much of the answer as the operator has
// said, and nothing of the target.

import type { Engine } from '../../engine/engine.ts';
import type { FailReason, State } from '../../job/job.ts';
import type { CheckedRoute } from '../../job/publishable-route.ts';
import { limits } from '../../limits.ts';

/** A job as pages see it. */
export interface PublicJob {
  readonly id: string;
  readonly state: State;
  /** Why it failed. */
  readonly reason?: FailReason;
  readonly response?: PublicResponse;
}

interface PublicResponse {
  readonly status: number;
  /** The answer's body, if the route shows it and it is UTF-8; else `bodyBase64`. */
  readonly body?: string;
  readonly bodyBase64?: string;
  /** What is here is not the whole body. */
  readonly truncated?: boolean;
}

/** Undefined: there is no such job any more. */
export async function publicView(
  engine: Engine,
  id: string,
  { answer }: Pick<CheckedRoute, 'answer'>,
): Promise<PublicJob | undefined> {
  const job = await engine.get(id);
  if (job === undefined) return undefined;
  const { state, reason, response } = job;
  const view: PublicJob = { id, state, ...(reason !== undefined && { reason }) };
  if (response === undefined || answer === 'none') return view;
  if (answer === 'status') return { ...view, response: { status: response.status } };
  return { ...view, response: await bodyOf(engine, id, response.status) };
}

async function bodyOf(engine: Engine, id: string, status: number): Promise<PublicResponse> {
  const answer = await engine.answer(id);
  if (answer.kind !== 'answer') return { status };
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of answer.read()) {
    chunks.push(chunk.subarray(0, limits.routeAnswerBytes - bytes));
    bytes += chunk.length;
    if (bytes >= limits.routeAnswerBytes) break;
  }
  const { isTruncated, isIncomplete, bodyBytes } = answer.response;
  const truncated = isTruncated || isIncomplete || bodyBytes > limits.routeAnswerBytes;
  return { status, ...asText(Buffer.concat(chunks), truncated), truncated };
}

function asText(bytes: Buffer, isCut: boolean): Pick<PublicResponse, 'body' | 'bodyBase64'> {
  try {
    // A character may have been cut in two at the end; `stream` leaves it out.
    const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
    return { body: decoder.decode(bytes, { stream: isCut }) };
  } catch {
    return { bodyBase64: bytes.toString('base64') };
  }
}
