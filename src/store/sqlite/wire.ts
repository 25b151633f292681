// What travels between the main thread and the writer. Structured clone of a view of a Buffer copies
// everything behind the view, so the bytes of all jobs and responses of one commit travel in one buffer
// that is handed over, and their places stand in the objects. (Flat arrays in the place of objects were
// tried: they are not quicker to clone.)

import type { Response } from '../../job/job.ts';
import type { NewJob, Settlement } from '../store.ts';
import type { Failure } from './failure.ts';

/** One group commit on its way to the writer. */
export interface Batch {
  /** Verb, input, verb, input, … */
  readonly calls: readonly unknown[];
  readonly bytes: Uint8Array;
  /** More is waiting: no time for housekeeping. */
  readonly isMoreWaiting: boolean;
}

export interface BatchAnswer {
  /** One per call, in their order. */
  readonly answers: readonly unknown[];
  /** Position of a call and why it failed alone. */
  readonly failures: readonly (readonly [at: number, failure: Failure])[];
  /** Why the commit failed as a whole. */
  readonly failure: Failure | undefined;
}

/** Offset and length in the bytes of the batch. */
export type Place = readonly [at: number, length: number] | null;

/** Collects the bytes of one batch. */
export class Packer {
  readonly #parts: Uint8Array[] = [];
  #length = 0;

  add(part: Uint8Array | null): Place {
    if (part === null) return null;
    const at = this.#length;
    this.#parts.push(part);
    this.#length += part.byteLength;
    return [at, part.byteLength];
  }

  finish(): Uint8Array<ArrayBuffer> {
    const whole = new Uint8Array(this.#length);
    let at = 0;
    for (const part of this.#parts) {
      whole.set(part, at);
      at += part.byteLength;
    }
    return whole;
  }
}

export function unpack(bytes: Uint8Array, place: Place): Uint8Array | null {
  return place === null ? null : bytes.subarray(place[0], place[0] + place[1]);
}

export interface JobOnWire extends Omit<NewJob, 'body' | 'hash'> {
  readonly body: Place;
  readonly hash: Place;
}

export function packJobs(jobs: readonly NewJob[], packer: Packer): JobOnWire[] {
  return jobs.map((job) => ({ ...job, body: packer.add(job.body), hash: packer.add(job.hash) }));
}

export interface ResponseOnWire extends Omit<Response, 'body' | 'headers'> {
  readonly body: Place;
  /** JSON text, as it is stored. */
  readonly headers: string;
}
export interface SettlementOnWire extends Settlement {
  /** In the place of the one in `next`. */
  readonly response: ResponseOnWire | undefined;
}

export function packSettlements(
  settlements: readonly Settlement[],
  packer: Packer,
): SettlementOnWire[] {
  return settlements.map((settlement) => {
    if (settlement.next.kind === 'again' || settlement.next.response === undefined) {
      return { ...settlement, response: undefined };
    }
    const { response, ...next } = settlement.next;
    return {
      ...settlement,
      next,
      response: {
        ...response,
        headers: JSON.stringify(response.headers),
        body: packer.add(response.body),
      },
    };
  });
}
