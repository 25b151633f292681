// One result as callers get it. The platform's Response costs more than a quick exchange itself, so
// it is made when somebody looks at it.

import type { DirectResult, GroupReason } from '../group.ts';

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

export function resultOf({
  key,
  id,
  state,
  reason,
  error,
  detail,
  ms,
  respond,
}: Over): DirectResult {
  const named = { key, ...(id !== undefined && { id }) };
  if (state === 'succeeded') {
    const success = { ok: true, ...named, state, ms } as const;
    return withResponse(success, respond as () => globalThis.Response);
  }
  const failure = {
    ...{ ok: false, ...named, state, reason: reason ?? state },
    ...(error !== undefined && { error }),
    ...(detail !== undefined && { detail }),
    ms,
  } as DirectResult & { ok: false };
  return respond ? withResponse(failure, respond) : failure;
}

/** A property like any other, but for when its value is made. */
function withResponse<Result extends object>(
  result: Result,
  respond: () => globalThis.Response,
): Result & { readonly response: globalThis.Response } {
  let made: globalThis.Response | undefined;
  const get = (): globalThis.Response => {
    made ??= respond();
    return made;
  };
  return Object.defineProperty(result, 'response', {
    get,
    enumerable: true,
    configurable: true,
  }) as Result & { readonly response: globalThis.Response };
}
