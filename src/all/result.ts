// One result as callers get it. The platform's Response costs more than a quick exchange itself, so
// it is made when somebody looks at it.

import type { DirectResult, GroupFailure, GroupReason, GroupSuccess } from '../group.ts';

/** What is known when a request is over. */
export interface Over {
  readonly key: string | number;
  /** Of the job, if there is one. */
  readonly id?: string;
  readonly state: 'succeeded' | 'failed' | 'cancelled';
  readonly reason?: GroupReason | undefined;
  readonly error?: string | undefined;
  readonly detail?: string | undefined;
  readonly ms: number;
  /** Makes the answer; absent if none came. Called once at most. */
  readonly respond?: (() => globalThis.Response) | undefined;
}

export function resultOf(over: Over): DirectResult {
  return over.state === 'succeeded' ? success(over) : failure(over);
}

function success({ key, id, ms, respond }: Over): GroupSuccess {
  let made: globalThis.Response | undefined;
  const result = {
    ok: true,
    key,
    state: 'succeeded',
    get response(): globalThis.Response {
      made ??= respond!();
      return made;
    },
    ms,
  } as const;
  return id === undefined ? result : Object.assign(result, { id });
}

function failure({ key, id, state, reason, error, detail, ms, respond }: Over): GroupFailure {
  const result: GroupFailure = {
    ok: false,
    key,
    ...(id !== undefined && { id }),
    state: state === 'cancelled' ? state : 'failed',
    reason: reason ?? 'cancelled',
    ...(error !== undefined && { error }),
    ...(detail !== undefined && { detail }),
    ms,
  };
  return respond === undefined ? result : { ...result, response: respond() };
}
