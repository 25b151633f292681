// W3C trace context: the caller's trace goes on with a fresh span for each attempt. A job without
// one gets a trace named by its id, so that all its attempts are found together.

import type { Clock } from '../clock.ts';

const TRACEPARENT =
  /^(?!ff)[0-9a-f]{2}-(?!0{32})([0-9a-f]{32})-(?!0{16})[0-9a-f]{16}-([0-9a-f]{2})/;
/** Version and trace id. */
const SAME = 35;
const TRACE_ID = /^(?!0{32})[0-9a-f]{32}$/;

export interface Traceparent {
  readonly value: string;
  readonly isContinued: boolean;
}

/** The one of a span that was begun for this attempt. */
export function ownTraceparent(span: string, caller: string | undefined): Traceparent {
  const isContinued = caller !== undefined && caller.slice(0, SAME) === span.slice(0, SAME);
  return { value: span, isContinued };
}

/** `isContinued` if the trace is the caller's: only then does its `tracestate` still apply. */
export function nextTraceparent(
  caller: string | undefined,
  jobId: string,
  clock: Clock,
): Traceparent {
  const found = caller === undefined ? null : TRACEPARENT.exec(caller);
  if (found) return { value: `00-${found[1]}-${spanId(clock)}-${found[2]}`, isContinued: true };
  const hex = jobId.replaceAll('-', '');
  const traceId = TRACE_ID.test(hex) ? hex : spanId(clock) + spanId(clock);
  // Not sampled: nobody before the target has recorded anything.
  return { value: `00-${traceId}-${spanId(clock)}-00`, isContinued: false };
}

function spanId(clock: Clock): string {
  return word(clock) + word(clock);
}

/** About 31 random bits as 8 digits; never all zero, which would be no id. */
function word(clock: Clock): string {
  return (0x1000_0000 + Math.floor(clock.random() * 0x6fff_ffff)).toString(16);
}
