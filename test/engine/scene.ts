// An engine whose clock stands still, with jobs that are called by name: what each waits for is one
// line of text.

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Why } from '../../src/budget.ts';
import { createEngine } from '../../src/engine/create-engine.ts';
import type { Engine } from '../../src/engine/engine.ts';
import { checkJob } from '../../src/job/options.ts';
import type { Outcome } from '../../src/job/outcome.ts';
import { openSqliteStore } from '../../src/store/sqlite/sqlite-store.ts';
import { type Pending, ScriptedDeliverer, testClock, until } from './bench.ts';

const programs = { mayRunAny: true, commands: { named: () => new Map(), anyCommand: true } };
/** Attempts at once. */
export const SLOTS = 11;

export class Scene implements AsyncDisposable {
  readonly deliverer: ScriptedDeliverer = new ScriptedDeliverer();
  readonly ids: Map<string, string> = new Map();
  /** Free bytes of the disk, as the store tells them. */
  freeDiskBytes = 1e12;
  readonly #folder = mkdtempSync(join(tmpdir(), 'sendoff-why-'));
  #now = Date.UTC(2026, 10, 22);
  engine!: Engine;

  async open(): Promise<this> {
    const found = await openSqliteStore(join(this.#folder, 's.db'));
    const sizes = async () => {
      return { ...(await found.sizes()), freeDiskBytes: this.freeDiskBytes, diskBytes: 1e12 };
    };
    const store = new Proxy(found, {
      get: (of, name) => {
        if (name === 'sizes') return sizes;
        const value = Reflect.get(of, name, of);
        return typeof value === 'function' ? value.bind(of) : value;
      },
    });
    const clock = { ...testClock(), now: () => this.#now, random: () => 0.5 };
    const { deliverer } = this;
    const deliverers = { http: deliverer, command: deliverer };
    const options = { attemptsAtOnce: SLOTS, attemptsPerOrigin: 2, commandsAtOnce: 1 };
    this.engine = await createEngine({ store, deliverers, clock, options });
    return this;
  }

  get now(): number {
    return this.#now;
  }

  forward(byMs: number): void {
    this.#now += byMs;
  }

  /** Hands over jobs that this scene calls by these names. */
  async send(names: readonly string[], fields: object): Promise<void> {
    const url =
      'url' in fields || 'program' in fields
        ? {}
        : { url: `http://${names[0]?.replaceAll(' ', '-')}.test/` };
    const jobs = names.map(() => {
      const job = checkJob({ ...url, ...fields }, { now: this.#now, hasBody: false, ...programs });
      return { job, body: { kind: 'none' } as const };
    });
    const receipts = await this.engine.submit(jobs);
    for (const [n, name] of names.entries()) this.ids.set(name, receipts[n]?.id as string);
  }

  async underWay(name: string): Promise<Pending> {
    const id = this.ids.get(name);
    const find = () => this.deliverer.pending.find(({ attempt }) => attempt.jobId === id);
    await until(() => find() !== undefined);
    return find() as Pending;
  }

  /** Its attempt ends so, and what that tells has been heard. */
  async answer(name: string, outcome: Outcome): Promise<void> {
    const { answer } = await this.underWay(name);
    answer(outcome);
    await until(async () => (await this.why(name))?.state !== 'running');
  }

  why(name: string): Promise<Why | undefined> {
    return this.engine.why(this.ids.get(name) as string);
  }

  /** One line for each job that waits. */
  async said(): Promise<Record<string, string>> {
    const lines: Record<string, string> = {};
    for (const name of this.ids.keys()) {
      const why = await this.why(name);
      if (why?.reason) lines[name] = `${why.reason}: ${this.#named(why.text)}`;
    }
    return lines;
  }

  #named(text: string): string {
    let plain = text;
    for (const [name, id] of this.ids) plain = plain.replaceAll(id, `‹${name}›`);
    return plain;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.engine.stop({ drainMs: 0 });
    rmSync(this.#folder, { recursive: true });
  }
}
