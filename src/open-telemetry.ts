// Traces by OpenTelemetry, where this process has a provider: a span for each job that is handed
// over and one for each attempt, whose context is the `traceparent` that its target gets. Attempts
// are children of the caller's trace; a caller without one begins a trace with the hand-over, which
// is stored with the job, so that attempts after a restart still belong to it. Of a URL nothing
// after its path is shown.

import type {
  Attributes,
  Context,
  ProxyTracerProvider,
  Span,
  SpanContext,
  Tracer,
  TracerProvider,
} from '@opentelemetry/api';
import type { RawEvent } from './engine/events/events.ts';
import type { BegunJob, HandOverSpans, Tracing } from './engine/events/tracing.ts';
import type { Log } from './engine/node.ts';
import { assert, SendoffError } from './errors.ts';
import type { Submission } from './job/checked.ts';
import type { Target } from './job/job.ts';
import { limits } from './limits.ts';
import { version } from './version.ts';

type Api = typeof import('@opentelemetry/api');

/** Where every copy of the package finds what somebody of this process has registered. */
const REGISTERED = Symbol.for('opentelemetry.js.api.1');

/**
 * Follows traces from the moment at which somebody in this process does. The package is not loaded
 * before, and its absence is nobody's loss.
 */
export async function openTracing(log: Log): Promise<Tracing> {
  const tracing = new OpenTelemetry(log);
  if (isRegistered()) await tracing.load();
  return tracing;
}

function isRegistered(): boolean {
  return (globalThis as Record<symbol, unknown>)[REGISTERED] !== undefined;
}

class OpenTelemetry implements Tracing {
  readonly #log: Log;
  #api: Api | undefined;
  #loading: Promise<void> | undefined;
  /** Of attempts under way, by job; the oldest first. */
  readonly #attempts = new Map<string, Span>();

  constructor(log: Log) {
    this.#log = log;
  }

  load(): Promise<void> {
    this.#loading ??= import('@opentelemetry/api').then(
      (api) => {
        this.#api = api;
      },
      (error: unknown) => {
        this.#log('warn', 'Traces are not followed', { error: String(error) });
      },
    );
    return this.#loading;
  }

  isOn(): boolean {
    if (this.#api !== undefined) return this.#tracer(this.#api) !== undefined;
    if (isRegistered()) void this.load();
    return false;
  }

  handOver(submissions: readonly Submission[]): HandOverSpans {
    const api = this.#loaded();
    const { trace, context } = api;
    const active = trace.getSpanContext(context.active());
    const begun = submissions.map(({ job }) => {
      const { traceparent } = job.spec;
      const from = active ?? contextOf(traceparent);
      const attributes = { ...messageOf(job.queue), ...addressOf(job.spec.target) };
      const kind = api.SpanKind.PRODUCER;
      return this.#start(`send ${kindOf(job.spec.target)}`, { kind, attributes, from });
    });
    return {
      submissions: submissions.map((one, index) => withTrace(one, textOf(begun[index]))),
      stored: (receipts) => {
        for (const [index, span] of begun.entries()) {
          const receipt = receipts[index];
          if (receipt !== undefined) {
            span.setAttribute('messaging.message.id', receipt.id);
            span.setAttribute('sendoff.duplicate', receipt.duplicate);
          }
          span.end();
        }
      },
      failed: (error) => {
        const code = error instanceof SendoffError ? error.code : 'internal';
        for (const span of begun) this.#fail(span, code);
      },
    };
  }

  begin({ id, queue, attempt, spec }: BegunJob): string | undefined {
    const { target, traceparent } = spec;
    this.#attempts.get(id)?.end();
    this.#attempts.delete(id);
    const from = contextOf(traceparent);
    const kind = this.#loaded().SpanKind.CLIENT;
    const attributes = {
      ...messageOf(queue),
      ...addressOf(target),
      'messaging.message.id': id,
      'sendoff.attempt': attempt,
      // As the convention for HTTP has it, a first try is no resend.
      ...(attempt > 1 && { 'http.request.resend_count': attempt - 1 }),
    };
    const span = this.#start(nameOf(target), { kind, attributes, from });
    this.#attempts.set(id, span);
    if (this.#attempts.size > limits.spans) this.#forgetOldest();
    return textOf(span, from);
  }

  hear({ type, jobId, attempt, status, error, reason }: RawEvent): void {
    if (this.#attempts.size === 0 || jobId === undefined) return;
    if (attempt === undefined || type === 'job.started') return;
    const span = this.#attempts.get(jobId);
    if (span === undefined) return;
    this.#attempts.delete(jobId);
    if (status !== undefined) span.setAttribute('http.response.status_code', status);
    if (reason !== undefined) span.setAttribute('sendoff.reason', reason);
    span.setAttribute('sendoff.outcome', type.slice('job.'.length));
    if (error === undefined) span.end();
    else this.#fail(span, status !== undefined && error === 'status' ? String(status) : error);
  }

  #start(
    name: string,
    options: {
      readonly kind: number;
      readonly attributes: Attributes;
      readonly from: SpanContext | undefined;
    },
  ): Span {
    const api = this.#loaded();
    const { trace, ROOT_CONTEXT } = api;
    const { kind, attributes, from } = options;
    const parent: Context = from ? trace.setSpanContext(ROOT_CONTEXT, from) : ROOT_CONTEXT;
    const tracer = this.#tracer(api) ?? trace.getTracer('sendoff', version);
    return tracer.startSpan(name, { kind, attributes }, parent);
  }

  #fail(span: Span, code: string): void {
    span.setAttribute('error.type', code);
    span.setStatus({ code: this.#loaded().SpanStatusCode.ERROR });
    span.end();
  }

  /** Asked for each time: a provider may come and go. Undefined: there is none. */
  #tracer({ trace }: Api): Tracer | undefined {
    const provider = trace.getTracerProvider() as TracerProvider & Partial<ProxyTracerProvider>;
    if (provider.getDelegateTracer === undefined) return provider.getTracer('sendoff', version);
    return provider.getDelegateTracer('sendoff', version);
  }

  #loaded(): Api {
    assert(this.#api, 'traces are followed');
    return this.#api;
  }

  /** An attempt whose end was never told: another owner has ended it. */
  #forgetOldest(): void {
    for (const [jobId, span] of this.#attempts) {
      span.end();
      this.#attempts.delete(jobId);
      return;
    }
  }
}

const form = /^[0-9a-f]{2}-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})/;

/** The caller's context; its text was checked when it came. */
function contextOf(traceparent: string | undefined): SpanContext | undefined {
  const parts = traceparent === undefined ? null : form.exec(traceparent);
  if (parts === null) return undefined;
  const [, traceId = '', spanId = '', flags = '00'] = parts;
  return { traceId, spanId, traceFlags: Number.parseInt(flags, 16), isRemote: true };
}

/** Undefined without an SDK: then a span has no context, or only the one of its parent. */
function textOf(span: Span | undefined, parent?: SpanContext): string | undefined {
  const own = span?.spanContext();
  if (own === undefined || /^0+$/.test(own.spanId) || own.spanId === parent?.spanId) return;
  return `00-${own.traceId}-${own.spanId}-${own.traceFlags.toString(16).padStart(2, '0')}`;
}

function withTrace(submission: Submission, traceparent: string | undefined): Submission {
  const { job } = submission;
  if (traceparent === undefined || job.spec.traceparent !== undefined) return submission;
  return { ...submission, job: { ...job, spec: { ...job.spec, traceparent } } };
}

function messageOf(queue: string): Attributes {
  return { 'messaging.system': 'sendoff', 'messaging.destination.name': queue };
}

function kindOf(target: Target): string {
  return target.kind === 'http' ? 'request' : 'command';
}

function nameOf(target: Target): string {
  return target.kind === 'http' ? target.method : `command ${target.name ?? ''}`.trim();
}

function addressOf(target: Target): Attributes {
  if (target.kind !== 'http') return { 'process.command': target.name ?? 'unnamed' };
  const { origin, pathname, hostname, port, protocol } = new URL(target.url);
  return {
    'http.request.method': target.method,
    'url.full': origin + pathname,
    'server.address': hostname,
    'server.port': Number(port || (protocol === 'https:' ? 443 : 80)),
  };
}
