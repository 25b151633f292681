// One job from JSON: its options checked, its body in bytes. The body stands in one of three forms;
// the JSON form goes out as its source was written, so numbers, key order and spaces survive. Every
// door that takes JSON takes this: one job, an array, lines, a file in the spool.

import type { Clock } from '../clock.ts';
import { SendoffError } from '../errors.ts';
import type { CheckedJob } from './checked.ts';
import type { Target } from './job.ts';
import type { JobDocument } from './json.ts';
import { checkJob } from './options.ts';
import { shown } from './shown.ts';
import { takeTraceContext } from './trace-context.ts';

/** What a door allows. */
export interface JobDoor {
  readonly clock: Clock;
  /** Largest body of a job. */
  readonly requestBodyBytes: number;
  /** @throws SendoffError `target_not_allowed`, `self_target` */
  readonly checkJobTarget: (target: Target) => void;
}

/** The trace context of a request that hands over one job alone. */
export interface Trace {
  readonly traceparent?: string;
  readonly tracestate?: string;
}

export interface DescribedJob {
  readonly job: CheckedJob;
  /** Undefined: the job has no body. */
  readonly bytes: Buffer | undefined;
}

/** @param trace goes on in the job, unless the job brings its own */
export function describedJob(
  document: JobDocument,
  door: JobDoor,
  trace: Trace = {},
): DescribedJob {
  const { body, bodyBase64, ...fields } = document.fields;
  const bytes = bodyBytes({ body, bodyBase64, payload: document.payload });
  if (bytes !== undefined && bytes.length > door.requestBodyBytes) {
    const detail = `Expected a body of at most ${door.requestBodyBytes} bytes, got ${bytes.length}`;
    throw new SendoffError('body_too_large', detail, { field: 'body' });
  }
  const checked = checkJob(fields, { now: door.clock.now(), hasBody: bytes !== undefined });
  door.checkJobTarget(checked.spec.target);
  const typed = document.payload === undefined ? checked : withJsonType(checked);
  return { job: withTrace(typed, trace), bytes };
}

interface Forms {
  readonly body: unknown;
  readonly bodyBase64: unknown;
  readonly payload: string | undefined;
}

function bodyBytes({ body, bodyBase64, payload }: Forms): Buffer | undefined {
  const given = [body, bodyBase64, payload].filter((form) => form !== undefined);
  if (given.length > 1) {
    const detail = 'Expected one of `body`, `bodyBase64` and `json`, got several';
    throw new SendoffError('invalid_field', detail, { field: 'body' });
  }
  if (payload !== undefined) return Buffer.from(payload);
  if (bodyBase64 !== undefined) return fromBase64(bodyBase64);
  return body === undefined ? undefined : fromText(body);
}

function fromText(body: unknown): Buffer {
  if (typeof body !== 'string') {
    const detail = `Expected \`body\` to be text, got ${shown(body)}: use \`json\` for JSON`;
    throw new SendoffError('invalid_field', detail, { field: 'body' });
  }
  if (!body.isWellFormed()) {
    const detail = 'Expected `body` to be text without lone surrogates: use `bodyBase64` for bytes';
    throw new SendoffError('invalid_text', detail, { field: 'body' });
  }
  return Buffer.from(body);
}

const base64 = /^[A-Za-z0-9+/]*={0,2}$/;

function fromBase64(text: unknown): Buffer {
  if (typeof text !== 'string' || text.length % 4 !== 0 || !base64.test(text)) {
    const detail = 'Expected `bodyBase64` to be base64 with padding and without spaces';
    throw new SendoffError('invalid_base64', detail, { field: 'bodyBase64' });
  }
  return Buffer.from(text, 'base64');
}

function withJsonType(job: CheckedJob): CheckedJob {
  const { target } = job.spec;
  if (target.headers.some(([name]) => name.toLowerCase() === 'content-type')) return job;
  const headers = [...target.headers, ['content-type', 'application/json'] as const];
  return { ...job, spec: { ...job.spec, target: { ...target, headers } } };
}

function withTrace(job: CheckedJob, { traceparent, tracestate }: Trace): CheckedJob {
  if (traceparent === undefined || job.spec.traceparent !== undefined) return job;
  const state = tracestate === undefined ? [] : [['tracestate', tracestate] as const];
  const { headers: _, ...trace } = takeTraceContext([['traceparent', traceparent], ...state]);
  return { ...job, spec: { ...job.spec, ...trace } };
}
