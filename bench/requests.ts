// What the load sends: 200 bytes of body each, to sendoff's two doors and to the yardsticks.

import { numberedBody, type RequestShape } from './child/numbered.ts';

const BODY_BYTES = 200;
export const CONNECTIONS = 64;
/** Long enough that nothing is delivered while accepting is measured. */
const HELD_BACK = '1h';

const plain = { 'content-type': 'text/plain' };
const body = numberedBody(BODY_BYTES);

/** To a yardstick. */
export const plainRequest: RequestShape = { path: '/x', headers: plain, body };

export function passThroughRequest(targetPort: number): RequestShape {
  const url = encodeURIComponent(targetUrl(targetPort));
  return { path: `/v1/to?url=${url}`, headers: plain, body };
}

export function heldBackPassThrough(targetPort: number): RequestShape {
  const request = passThroughRequest(targetPort);
  return { ...request, headers: { ...request.headers, 'sendoff-delay': HELD_BACK } };
}

export function heldBackJob(targetPort: number): RequestShape {
  const job = { url: targetUrl(targetPort), delay: HELD_BACK, body };
  const headers = { 'content-type': 'application/json' };
  return { path: '/v1/jobs', headers, body: JSON.stringify(job) };
}

/** A line of NDJSON; due at `at` (ISO 8601), or after `HELD_BACK`. */
export function jobLine(targetPort: number, at?: string): string {
  const when = at === undefined ? { delay: HELD_BACK } : { at };
  return JSON.stringify({ url: targetUrl(targetPort), ...when, body });
}

function targetUrl(port: number): string {
  return `http://127.0.0.1:${port}/x`;
}
