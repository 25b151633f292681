// The least of an OpenTelemetry SDK: keeps every span that has ended, exports nothing.

import { AsyncLocalStorage } from 'node:async_hooks';
import { randomBytes } from 'node:crypto';
import {
  type Attributes,
  type Context,
  type ContextManager,
  ROOT_CONTEXT,
  type Span,
  type SpanContext,
  SpanKind,
  type SpanOptions,
  SpanStatusCode,
  type Tracer,
  type TracerProvider,
  trace,
} from '@opentelemetry/api';

export interface RecordedSpan {
  readonly name: string;
  readonly kind: SpanKind;
  readonly traceId: string;
  readonly spanId: string;
  readonly parentId: string | undefined;
  readonly attributes: Attributes;
  status: SpanStatusCode;
}

export class SpanRecorder implements TracerProvider {
  readonly ended: RecordedSpan[] = [];

  clear(): void {
    this.ended.length = 0;
  }

  getTracer(): Tracer {
    const startSpan = (name: string, options: SpanOptions = {}, parent?: Context): Span =>
      this.#start(name, options, trace.getSpanContext(parent ?? ROOT_CONTEXT));
    // Nothing of ours asks for it.
    return { startSpan, startActiveSpan: () => undefined as never };
  }

  #start(name: string, options: SpanOptions, parent: SpanContext | undefined): Span {
    const recorded: RecordedSpan = {
      name,
      kind: options.kind ?? SpanKind.INTERNAL,
      traceId: parent?.traceId ?? randomBytes(16).toString('hex'),
      spanId: randomBytes(8).toString('hex'),
      parentId: parent?.spanId,
      attributes: { ...options.attributes },
      status: SpanStatusCode.UNSET,
    };
    const { traceId, spanId, attributes } = recorded;
    const span: Span = {
      spanContext: () => ({ traceId, spanId, traceFlags: 1 }),
      setAttribute: (key, value) => {
        attributes[key] = value;
        return span;
      },
      setAttributes: (more) => {
        Object.assign(attributes, more);
        return span;
      },
      setStatus: ({ code }) => {
        recorded.status = code;
        return span;
      },
      addEvent: () => span,
      addLink: () => span,
      addLinks: () => span,
      updateName: () => span,
      recordException: () => {},
      isRecording: () => true,
      end: () => void this.ended.push(recorded),
    };
    return span;
  }
}

/** What is active where, as an SDK for Node keeps it. */
export function activeContexts(): ContextManager {
  const storage = new AsyncLocalStorage<Context>();
  const manager: ContextManager = {
    active: () => storage.getStore() ?? ROOT_CONTEXT,
    with: (active, run, self, ...args) =>
      storage.run(active, () => run.call(self as never, ...args)),
    bind: (_, target) => target,
    enable: () => manager,
    disable: () => manager,
  };
  return manager;
}
