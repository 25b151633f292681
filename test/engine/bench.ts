// What the engine's claims are tested on: a real store in a temporary folder, a clock that moves
// when told, and a target whose answers the test gives.

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Clock } from '../../src/clock.ts';
import { systemClock } from '../../src/clock.ts';
import type { Attempt, Deliverer } from '../../src/delivery/deliverer.ts';
import { createEngine } from '../../src/engine/create-engine.ts';
import type { Engine } from '../../src/engine/engine.ts';
import type { EngineOptions } from '../../src/engine/node.ts';
import { SendoffError } from '../../src/errors.ts';
import type { Submission } from '../../src/job/checked.ts';
import { checkJob } from '../../src/job/options.ts';
import type { Outcome } from '../../src/job/outcome.ts';
import type { Receipt } from '../../src/sendoff.ts';
import { openSqliteStore } from '../../src/store/sqlite/sqlite-store.ts';
import type { Store } from '../../src/store/store.ts';

/** The wall clock of the test stands where it was put; timers run on real time. */
export interface TestClock extends Clock {
  forward(byMs: number): void;
}

export function testClock(): TestClock {
  let offsetMs = 0;
  return {
    ...systemClock,
    now: () => systemClock.now() + offsetMs,
    forward: (byMs) => {
      offsetMs += byMs;
    },
  };
}

/** An attempt that waits for its answer. */
export interface Pending {
  readonly attempt: Attempt;
  readonly signal: AbortSignal;
  answer(outcome: Outcome): void;
}

/** A target in the hands of the test. */
export class ScriptedDeliverer implements Deliverer {
  readonly pending: Pending[] = [];
  /** Answers at once instead of waiting for the test. */
  auto: ((attempt: Attempt) => Outcome) | undefined;
  /** Most attempts that were under way at once. */
  most = 0;
  count = 0;
  #running = 0;

  deliver(attempt: Attempt, signal: AbortSignal): Promise<Outcome> {
    this.count++;
    this.#running++;
    this.most = Math.max(this.most, this.#running);
    return new Promise<Outcome>((resolve) => {
      const answer = (outcome: Outcome): void => {
        const at = this.pending.indexOf(one);
        if (at < 0) return;
        this.pending.splice(at, 1);
        this.#running--;
        resolve(outcome);
      };
      const one: Pending = { attempt, signal, answer };
      this.pending.push(one);
      signal.addEventListener('abort', () => answer(failure('aborted')));
      if (this.auto) answer(this.auto(attempt));
    });
  }

  async close(): Promise<void> {}
}

export function success(status = 200): Outcome {
  return response(status);
}

export function response(status: number, headers: [string, string][] = []): Outcome {
  const body = new TextEncoder().encode('ok');
  return {
    kind: 'response',
    response: {
      status,
      headers,
      body,
      bodyId: null,
      bodyBytes: body.byteLength,
      isTruncated: false,
      isIncomplete: false,
    },
  };
}

export function failure(error: string, isSent = true): Outcome {
  return { kind: 'error', error, detail: `It came to ${error}`, isSent };
}

export interface Bench extends AsyncDisposable {
  readonly clock: TestClock;
  readonly deliverer: ScriptedDeliverer;
  readonly engine: Engine;
  readonly store: Store;
  readonly path: string;
  /** Hands one job over. */
  send(fields?: object): Promise<Receipt>;
  /** Stops and starts again over the same store. */
  restart(): Promise<void>;
}

export async function openBench(
  options: EngineOptions = {},
  around: (store: Store) => Store = (store) => store,
): Promise<Bench> {
  const folder = mkdtempSync(join(tmpdir(), 'sendoff-engine-'));
  const path = join(folder, 'sendoff.db');
  const clock = testClock();
  const deliverer = new ScriptedDeliverer();
  const start = async () => {
    const store = around(await openSqliteStore(path));
    const engine = await createEngine({ store, deliverers: { http: deliverer }, clock, options });
    return { store, engine };
  };
  let running = await start();
  return {
    clock,
    deliverer,
    path,
    get engine() {
      return running.engine;
    },
    get store() {
      return running.store;
    },
    async send(fields = {}) {
      const [receipt] = await running.engine.submit([submissionOf(fields, clock.now())]);
      return receipt as Receipt;
    },
    async restart() {
      await running.engine.stop({ drainMs: 0 });
      running = await start();
    },
    async [Symbol.asyncDispose]() {
      await running.engine.stop({ drainMs: 0 });
      rmSync(folder, { recursive: true });
    },
  };
}

export function submissionOf(fields: object, now: number): Submission {
  const job = checkJob({ url: 'http://target.test/x', ...fields }, { now, hasBody: false });
  return { job, body: { kind: 'none' } };
}

/** The real store, except that a call of `verb` is refused while `isRefusing` says so. */
export function refusing(verb: keyof Store, isRefusing: () => boolean): (store: Store) => Store {
  return instead(verb, async (call) => {
    if (isRefusing()) throw new SendoffError('storage_full', 'The disk of the test is full');
    return call();
  });
}

/** The real store, except that calls of `verb` go through `handle`. */
export function instead(
  verb: keyof Store,
  handle: (call: () => unknown) => unknown,
): (store: Store) => Store {
  return (store) =>
    new Proxy(store, {
      get(target, name) {
        const method = Reflect.get(target, name, target);
        if (typeof method !== 'function') return method;
        const call = method.bind(target);
        return name === verb ? (...input: unknown[]) => handle(() => call(...input)) : call;
      },
    });
}

/** Polls with a deadline. */
export async function until(claim: () => boolean | Promise<boolean>): Promise<void> {
  const deadline = performance.now() + 30_000;
  while (!(await claim())) {
    if (performance.now() > deadline) throw new Error('Not within thirty seconds');
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
}
