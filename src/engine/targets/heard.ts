// What the end of an attempt tells of its target, apart from what it means for its job.

import type { Outcome } from '../../job/outcome.ts';
import type { RateHint } from '../../job/rate-hint.ts';
import { rateHintOf } from '../../job/rate-hint.ts';
import type { Reached } from './brake.ts';
import type { CircuitResult } from './circuit.ts';
import type { PaceEnd } from './pace.ts';

export interface Heard {
  readonly circuit: CircuitResult;
  readonly pace: PaceEnd['kind'];
  readonly reached: Reached;
  readonly hint?: RateHint | undefined;
}

/** Nothing of the target: the attempt did not begin, or we ended it. */
export const NOTHING: Heard = { circuit: 'neutral', pace: 'failed', reached: 'unknown' };

/** Somebody is there, but not as a target should be. */
const AILING: ReadonlySet<string> = new Set([
  ...['tls_invalid', 'first_byte_timeout', 'idle_timeout', 'timeout'],
  ...['bad_response', 'response_headers_too_large'],
]);
const NOBODY: ReadonlySet<string> = new Set([
  ...['dns_failed', 'dns_timeout', 'refused', 'unreachable', 'connect_timeout'],
]);
/** Nobody, if they come before anything was sent. */
const BROKEN: ReadonlySet<string> = new Set(['reset', 'closed']);

export function heardOf(outcome: Outcome, now: number): Heard {
  if (outcome.kind === 'response') {
    const { status, headers } = outcome.response;
    const hint = rateHintOf(headers, now);
    return {
      circuit: status >= 500 ? 'failure' : 'success',
      pace: paceOf(status),
      reached: 'answer',
      hint,
    };
  }
  const { error, isSent } = outcome;
  if (NOBODY.has(error) || (BROKEN.has(error) && !isSent)) {
    return { circuit: 'failure', pace: 'failed', reached: 'nobody' };
  }
  const isAiling = AILING.has(error) || BROKEN.has(error);
  return isAiling ? { circuit: 'failure', pace: 'failed', reached: 'unknown' } : NOTHING;
}

function paceOf(status: number): PaceEnd['kind'] {
  if (status === 429) return 'refused';
  return status === 503 ? 'busy' : 'accepted';
}
