// For tests: attempts with everything that does not matter filled in.

import type { TestContext } from 'node:test';
import { systemClock } from '../../clock.ts';
import type { BodyWriter } from '../../job/body.ts';
import type { HttpTarget } from '../../job/job.ts';
import type { Outcome } from '../../job/outcome.ts';
import type { Attempt, Deliverer } from '../deliverer.ts';
import { createEgressPolicy } from '../egress.ts';
import type { HttpDelivererOptions } from '../http.ts';
import { createHttpDeliverer } from '../http.ts';

const jobId = '01a20279-49af-70d8-9b70-919ca2b87a57';

/** A deliverer that may call this machine, closed when the test is over. */
export function startDeliverer(
  t: TestContext,
  options: Partial<HttpDelivererOptions> = {},
): Deliverer {
  const egress = createEgressPolicy({ allowPrivate: true });
  const deliverer = createHttpDeliverer({ clock: systemClock, egress, ...options });
  t.after(() => deliverer.close());
  return deliverer;
}

export function attemptOf(
  url: string,
  target: Partial<HttpTarget> = {},
  more: Partial<Attempt<HttpTarget>> = {},
): Attempt<HttpTarget> {
  return {
    jobId,
    target: { kind: 'http', method: 'POST', url, headers: [], ...target },
    dress: undefined,
    number: 1,
    idempotencyKey: jobId,
    traceparent: undefined,
    tracestate: undefined,
    body: { kind: 'none' },
    timeoutMs: 5_000,
    spill: () => {
      throw new Error('Nothing of this size was expected');
    },
    ...more,
  };
}

/** Delivers once; the signal never aborts. */
export function deliverTo(
  deliverer: Deliverer,
  url: string,
  target: Partial<HttpTarget> = {},
  more: Partial<Attempt<HttpTarget>> = {},
): Promise<Outcome> {
  return deliverer.deliver(attemptOf(url, target, more), new AbortController().signal);
}

export function bytesOf(text: string): Attempt['body'] {
  return { kind: 'bytes', bytes: Buffer.from(text) };
}

/** A spill in memory that remembers what became of it. */
export class MemorySpill implements BodyWriter {
  readonly bodyId = 7;
  bytes = 0;
  isEnded = false;
  isDiscarded = false;
  writesAtOnce = 0;
  readonly #delayMs: number;
  readonly #see: (chunk: Uint8Array) => void;

  constructor(options: { delayMs?: number; see?: (chunk: Uint8Array) => void } = {}) {
    this.#delayMs = options.delayMs ?? 0;
    this.#see = options.see ?? (() => {});
  }

  async write(chunk: Uint8Array): Promise<void> {
    this.writesAtOnce++;
    if (this.writesAtOnce > 1) throw new Error('The next chunk came before its turn');
    await new Promise<void>((resolve) => systemClock.after(this.#delayMs, resolve));
    this.writesAtOnce--;
    this.bytes += chunk.length;
    this.#see(chunk);
  }

  async end(): Promise<void> {
    this.isEnded = true;
  }

  discard(): void {
    this.isDiscarded = true;
  }
}
