// One job from JSON: its options checked, its body in bytes. The body of a request stands in one of
// three forms; the JSON form goes out as its source was written, so numbers, key order and spaces
// survive. The input of a command stands in one of two. Every door that takes JSON takes this: one
// job, an array, lines, a file in the spool.

import type { Clock } from '../clock.ts';
import { SendoffError } from '../errors.ts';
import type { CheckedJob } from './checked.ts';
import type { CommandRules } from './command-rules.ts';
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
  /** What may be run. */
  readonly commands: CommandRules;
  /** The caller may do on this machine what we may. @default false */
  readonly mayRunAny?: boolean;
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
  const { body, bodyBase64, input, inputBase64, ...fields } = document.fields;
  const forms = { body, bodyBase64, json: document.payload, input, inputBase64 };
  const bytes = bodyBytes(forms);
  const hasBody = bytes !== undefined;
  const { commands, mayRunAny = false } = door;
  const checked = checkJob(fields, { now: door.clock.now(), hasBody, commands, mayRunAny });
  const { target } = checked.spec;
  refuseForms(forms, target);
  refuseTooLarge(bytes, target, door);
  door.checkJobTarget(target);
  const typed = document.payload === undefined ? checked : withJsonType(checked);
  return { job: withTrace(typed, trace), bytes };
}

/** The body that a document brings for a job of a target, and its other fields. */
export function bodyOfDocument(
  { fields: all, payload }: JobDocument,
  target: Target,
  door: Pick<JobDoor, 'commands' | 'requestBodyBytes'>,
): {
  readonly fields: Readonly<Record<string, unknown>>;
  readonly bytes: Buffer | undefined;
  /** `content-type` that it has by itself. */
  readonly type: string | undefined;
} {
  const { body, bodyBase64, input, inputBase64, ...fields } = all;
  const forms = { body, bodyBase64, json: payload, input, inputBase64 };
  const bytes = bodyBytes(forms);
  refuseForms(forms, target);
  refuseTooLarge(bytes, target, door);
  return { fields, bytes, type: payload === undefined ? undefined : 'application/json' };
}

/** Largest body of a job: what the door takes, unless the command has a limit of its own. */
export function mostBodyBytes(
  target: Target,
  { commands, requestBodyBytes }: Pick<JobDoor, 'commands' | 'requestBodyBytes'>,
): number {
  const name = target.kind === 'command' ? target.name : undefined;
  const rule = name === undefined ? undefined : commands.named().get(name);
  return rule?.inputBytes ?? requestBodyBytes;
}

function refuseTooLarge(
  bytes: Buffer | undefined,
  target: Target,
  door: Pick<JobDoor, 'commands' | 'requestBodyBytes'>,
): void {
  const mostBytes = mostBodyBytes(target, door);
  if (bytes === undefined || bytes.length <= mostBytes) return;
  const detail = `Expected a body of at most ${mostBytes} bytes, got ${bytes.length}`;
  const field = target.kind === 'command' ? 'input' : 'body';
  throw new SendoffError('body_too_large', detail, { field });
}

interface Forms {
  readonly body: unknown;
  readonly bodyBase64: unknown;
  readonly json: string | undefined;
  readonly input: unknown;
  readonly inputBase64: unknown;
}

function bodyBytes(forms: Forms): Buffer | undefined {
  const { body, bodyBase64, json, input, inputBase64 } = forms;
  const given = Object.entries(forms).filter(([, form]) => form !== undefined);
  if (given.length > 1) {
    const detail = 'Expected one of `body`, `bodyBase64` and `json`, got several';
    throw new SendoffError('invalid_field', detail, { field: given[1]?.[0] ?? 'body' });
  }
  if (json !== undefined) return Buffer.from(json);
  if (bodyBase64 !== undefined) return fromBase64(bodyBase64, 'bodyBase64');
  if (inputBase64 !== undefined) return fromBase64(inputBase64, 'inputBase64');
  if (input !== undefined) return fromText(input, 'input');
  return body === undefined ? undefined : fromText(body, 'body');
}

/** A request has a body and a command has an input. */
function refuseForms({ body, bodyBase64, json, input, inputBase64 }: Forms, target: Target): void {
  const isCommand = target.kind === 'command';
  if (!isCommand && input === undefined && inputBase64 === undefined) return;
  const wrong = isCommand ? { body, bodyBase64, json } : { input, inputBase64 };
  const given = Object.entries(wrong).find(([, form]) => form !== undefined)?.[0];
  if (given === undefined) return;
  const instead = isCommand ? '`input` or `inputBase64`' : '`body`, `bodyBase64` or `json`';
  const detail = `Expected ${instead}, got \`${given}\``;
  throw new SendoffError('invalid_field', detail, { field: given });
}

function fromText(text: unknown, field: 'body' | 'input'): Buffer {
  if (typeof text !== 'string') {
    const hint = field === 'body' ? ': use `json` for JSON' : '';
    const detail = `Expected \`${field}\` to be text, got ${shown(text)}${hint}`;
    throw new SendoffError('invalid_field', detail, { field });
  }
  if (!text.isWellFormed()) {
    const instead = `use \`${field}Base64\` for bytes`;
    const detail = `Expected \`${field}\` to be text without lone surrogates: ${instead}`;
    throw new SendoffError('invalid_text', detail, { field });
  }
  return Buffer.from(text);
}

const base64 = /^[A-Za-z0-9+/]*={0,2}$/;

function fromBase64(text: unknown, field: string): Buffer {
  if (typeof text !== 'string' || text.length % 4 !== 0 || !base64.test(text)) {
    const detail = `Expected \`${field}\` to be base64 with padding and without spaces`;
    throw new SendoffError('invalid_base64', detail, { field });
  }
  return Buffer.from(text, 'base64');
}

function withJsonType(job: CheckedJob): CheckedJob {
  const { target } = job.spec;
  if (target.kind !== 'http') return job;
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
