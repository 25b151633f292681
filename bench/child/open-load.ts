// The load as an open loop: requests go out at a fixed rate, however the server fares, and each is
// timed from the instant at which it was meant to go. A request that finds every connection busy
// gets a new one, so that none waits for another's answer; beyond a thousand it waits, and that
// counts.

import { setTimeout as sleep } from 'node:timers/promises';
import { Fifo } from '../../src/engine/turns/fifo.ts';
import { monotonicMs } from '../monotonic.ts';
import { type Connection, openConnection } from './connection.ts';
import { buildRequest, type RequestShape, writeNumber } from './numbered.ts';
import { offer } from './verbs.ts';

export interface OpenLoad {
  readonly port: number;
  readonly request: RequestShape;
  readonly perSecond: number;
  readonly ms: number;
  /** Number of the first request. */
  readonly first: number;
}

export interface OpenResult {
  /** Answers by status. */
  readonly answers: Readonly<Record<number, number>>;
  /** Milliseconds from the intended instant to the answer, by status. */
  readonly p50: Readonly<Record<number, number>>;
  readonly p99: Readonly<Record<number, number>>;
  readonly most: Readonly<Record<number, number>>;
  readonly connections: number;
}

export interface ClosedLoad extends Pick<OpenLoad, 'port' | 'request' | 'ms'> {
  readonly connections: number;
}

export interface OpenLoadVerbs {
  /**
   * The yardstick: each connection asks again when it is answered, a moment later if with no. How
   * many were taken, a second.
   */
  closed(load: ClosedLoad): Promise<number>;
  open(load: OpenLoad): Promise<OpenResult>;
  /** Of all numbers below `count`: those that were answered with 202. */
  taken(count: number): number[];
}

const NUMBERS = 4_000_000;
const ANSWERS_MS = 60_000;
const REFUSED_MS = 50;
const MOST_CONNECTIONS = 1_000;
const taken = new Uint8Array(NUMBERS);

class Load {
  readonly #load: OpenLoad;
  readonly #free: Lane[] = [];
  readonly #lanes: Promise<Lane>[] = [];
  readonly #waiting = new Fifo<Sending>();
  readonly #waits = new Map<number, number[]>();
  readonly #beganAt = monotonicMs();
  readonly #over = Promise.withResolvers<void>();
  readonly #count: number;
  #sent = 0;
  #answered = 0;

  constructor(load: OpenLoad) {
    this.#load = load;
    this.#count = Math.floor((load.perSecond * load.ms) / 1_000);
  }

  async run(): Promise<OpenResult> {
    const isLost = setTimeout(
      () => this.#over.reject(new Error('Expected an answer to every request')),
      this.#load.ms + ANSWERS_MS,
    );
    this.#step();
    await this.#over.promise;
    clearTimeout(isLost);
    for (const lane of await Promise.all(this.#lanes)) lane.connection.end();
    const byStatus = (of: (waits: number[]) => number): Record<number, number> =>
      Object.fromEntries([...this.#waits].map(([status, waits]) => [status, of(waits)]));
    for (const waits of this.#waits.values()) waits.sort((a, b) => a - b);
    return {
      answers: byStatus((waits) => waits.length),
      p50: byStatus((waits) => at(waits, 0.5)),
      p99: byStatus((waits) => at(waits, 0.99)),
      most: byStatus((waits) => at(waits, 1)),
      connections: this.#lanes.length,
    };
  }

  #step(): void {
    const { perSecond, first } = this.#load;
    const due = Math.floor(((monotonicMs() - this.#beganAt) * perSecond) / 1_000);
    for (; this.#sent < Math.min(due, this.#count); this.#sent++) {
      const intendedAt = this.#beganAt + (this.#sent * 1_000) / perSecond;
      this.#send({ number: first + this.#sent, intendedAt });
    }
    if (this.#sent < this.#count) setTimeout(() => this.#step(), 1);
  }

  #send(one: Sending): void {
    const lane = this.#free.pop();
    if (lane !== undefined) {
      lane.send(one);
      return;
    }
    if (this.#lanes.length >= MOST_CONNECTIONS) {
      this.#waiting.push(one);
      return;
    }
    const opened = this.#openLane();
    this.#lanes.push(opened);
    opened.then((fresh) => fresh.send(one), this.#over.reject);
  }

  async #openLane(): Promise<Lane> {
    const { port } = this.#load;
    const request = buildRequest(this.#load.request, port);
    let now: Sending | undefined;
    const connection = await openConnection({
      port,
      onAnswer: (status) => {
        if (now !== undefined) this.#note(now, status);
        const next = this.#waiting.shift();
        if (next === undefined) this.#free.push(lane);
        else lane.send(next);
      },
      onError: this.#over.reject,
    });
    const lane: Lane = {
      connection,
      send(one) {
        now = one;
        writeNumber(request, one.number);
        // A copy: the kernel may not have taken the bytes when the next number is written.
        connection.send(Buffer.from(request.bytes));
      },
    };
    return lane;
  }

  #note({ number, intendedAt }: Sending, status: number): void {
    let waits = this.#waits.get(status);
    if (waits === undefined) {
      waits = [];
      this.#waits.set(status, waits);
    }
    waits.push(monotonicMs() - intendedAt);
    if (status === 202) taken[number] = 1;
    if (++this.#answered === this.#count) this.#over.resolve();
  }
}

interface Sending {
  readonly number: number;
  readonly intendedAt: number;
}

interface Lane {
  readonly connection: Connection;
  readonly send: (one: Sending) => void;
}

function at(sorted: readonly number[], share: number): number {
  return sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? Number.NaN;
}

async function closed({ port, request, ms, connections }: ClosedLoad): Promise<number> {
  let stored = 0;
  let isOver = false;
  const beganAt = monotonicMs();
  const over = Array.from({ length: connections }, async () => {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const { bytes } = buildRequest(request, port);
    const again = (): void => (isOver ? resolve() : connection.send(bytes));
    const connection = await openConnection({
      port,
      onAnswer: (status) => {
        if (status === 202) stored++;
        if (status === 202) again();
        else setTimeout(again, REFUSED_MS);
      },
      onError: reject,
    });
    again();
    await promise;
    connection.end();
  });
  await sleep(ms);
  const perSecond = (stored / (monotonicMs() - beganAt)) * 1_000;
  isOver = true;
  await Promise.all(over);
  return perSecond;
}

offer<OpenLoadVerbs>({
  closed,
  open: (load) => new Load(load).run(),
  taken: (count) => Array.from(taken.subarray(0, count)),
});
