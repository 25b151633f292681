// One request and its answer on the way through the face.

import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Door } from './context.ts';
import type { Head } from './head.ts';

export interface Exchange {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly head: Head;
  readonly door: Door;
  /** Whose share of a busy server it counts against: the token's, or the door's. */
  from: string;
}

/** Whether the request announces a body; an announced body of no bytes is none. */
export function hasBody({ head }: Exchange): boolean {
  return head.transferEncoding !== undefined || Number(head.contentLength ?? 0) > 0;
}

/** Aborts when the caller hangs up before its answer is out. */
export function hangUpSignal({ response }: Exchange): AbortSignal {
  const controller = new AbortController();
  if (response.destroyed) controller.abort();
  else response.once('close', () => controller.abort());
  return controller.signal;
}
