// A closed loop: every connection sends its next request when the one before is answered.

import { type Connection, openConnection } from './connection.ts';
import { buildRequest, type NumberedRequest, type RequestShape, writeNumber } from './numbered.ts';

export interface Flood {
  readonly port: number;
  readonly request: RequestShape;
  /** Every answer must have it, else the run is void. */
  readonly status: number;
  readonly connections: number;
}

export interface Wave extends Flood {
  /** Number of the next request; null: no more; undefined: not now, but after `resumeWave`. */
  readonly next: () => number | null | undefined;
  readonly onAnswer: () => void;
}

let resume: () => void = () => {};

/** Lets connections of the wave under way that had to wait ask again. */
export function resumeWave(): void {
  resume();
}

/** Keeps every connection busy until `next` has no more; resolves after the last answer. */
export async function wave(options: Wave): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const lanes: Lane[] = [];
  for (let index = 0; index < options.connections; index++) {
    lanes.push(
      await openLane(options, { done: () => (--busy === 0 ? resolve() : undefined), reject }),
    );
  }
  let busy = lanes.length;
  resume = () => {
    for (const lane of lanes) lane.resume();
  };
  for (const lane of lanes) lane.step();
  try {
    await promise;
  } finally {
    resume = () => {};
    for (const lane of lanes) lane.connection.end();
  }
}

interface Lane {
  readonly connection: Connection;
  readonly step: () => void;
  readonly resume: () => void;
}

async function openLane(
  options: Wave,
  { done, reject }: { readonly done: () => void; readonly reject: (error: Error) => void },
): Promise<Lane> {
  // Each its own bytes: a number is written into them only after the answer to the one before.
  const request: NumberedRequest = buildRequest(options.request, options.port);
  let isWaiting = false;
  let isDone = false;
  const connection = await openConnection({
    port: options.port,
    onAnswer: (status) => {
      if (status !== options.status) return reject(unexpected(options, status));
      options.onAnswer();
      step();
    },
    onError: (error) => {
      if (!isDone) reject(error);
    },
  });
  const step = (): void => {
    const number = options.next();
    isWaiting = number === undefined;
    if (number === undefined) return;
    if (number === null) {
      isDone = true;
      done();
      return;
    }
    writeNumber(request, number);
    connection.send(request.bytes);
  };
  return { connection, step, resume: () => isWaiting && step() };
}

export function unexpected({ request, status }: Flood, got: number): Error {
  return new Error(`Expected ${request.path} to answer ${status}, got ${got}`);
}
