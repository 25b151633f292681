// Streams that follow one job each. They share one subscription to the engine's events, which is
// there only while somebody follows: a thousand pages cost a map look-up per event, not a thousand
// listeners.

import type { ServerResponse } from 'node:http';
import type { Stop } from '../../clock.ts';
import { SendoffError } from '../../errors.ts';
import { limits } from '../../limits.ts';
import type { ApiOptions } from '../context.ts';
import { streamHead } from '../events.ts';
import type { Exchange } from '../exchange.ts';
import type { PublicJob } from './view.ts';

export interface Stream {
  /** Writes the view now and after every change of the job, and ends once it is settled. */
  follow(view: () => Promise<PublicJob | undefined>): Promise<void>;
}

/** After a cut a browser comes back in this time. */
const RETRY_MS = 2_000;

export class Followers {
  readonly #options: Pick<ApiOptions, 'engine' | 'clock'>;
  readonly #byJob = new Map<string, Set<() => void>>();
  readonly #byAddress = new Map<string, number>();
  #streams = 0;
  #unsubscribe = (): void => {};

  constructor(options: Pick<ApiOptions, 'engine' | 'clock'>) {
    this.#options = options;
  }

  /**
   * @param job with the owner of the pace whose stream it is
   * @throws SendoffError `busy` when there are too many
   */
  open(
    { request, response }: Exchange,
    { id, who }: { readonly id: string; readonly who: string },
  ): Stream {
    this.#admit(who);
    const changes = createChanges();
    this.#join(id, changes.tell);
    const stopBeat = this.#beat(response);
    const onGone = (): void => void response.end();
    // Others may end their side and still want an answer; a reader of a stream has gone.
    request.socket.once('end', onGone);
    response.once('close', () => {
      request.socket.off('end', onGone);
      stopBeat();
      this.#leave(id, changes.tell);
      this.#forget(who);
      changes.tell();
    });
    return { follow: (view) => follow(response, changes, view) };
  }

  #beat(response: ServerResponse): Stop {
    const { clock } = this.#options;
    const beat = (): void => {
      if (!response.writableNeedDrain) response.write(':\n\n');
      stop = clock.after(limits.eventHeartbeatMs, beat);
    };
    let stop = clock.after(limits.eventHeartbeatMs, beat);
    return () => stop();
  }

  #admit(who: string): void {
    const own = this.#byAddress.get(who) ?? 0;
    if (this.#streams >= limits.routeStreams || own >= limits.routeStreamsPerAddress) {
      const detail = `Expected at most ${limits.routeStreamsPerAddress} streams of one address`;
      throw new SendoffError('busy', detail, { retryAfterMs: 5_000 });
    }
    this.#byAddress.set(who, own + 1);
    if (this.#streams++ > 0) return;
    this.#unsubscribe = this.#options.engine.subscribe(({ jobId }) => {
      for (const tell of this.#byJob.get(jobId ?? '') ?? []) tell();
    });
  }

  #forget(who: string): void {
    const left = (this.#byAddress.get(who) ?? 1) - 1;
    if (left > 0) this.#byAddress.set(who, left);
    else this.#byAddress.delete(who);
    if (--this.#streams === 0) this.#unsubscribe();
  }

  #join(id: string, tell: () => void): void {
    const tells = this.#byJob.get(id) ?? new Set();
    this.#byJob.set(id, tells.add(tell));
  }

  #leave(id: string, tell: () => void): void {
    const tells = this.#byJob.get(id);
    tells?.delete(tell);
    if (tells?.size === 0) this.#byJob.delete(id);
  }
}

interface Changes {
  readonly tell: () => void;
  /** Resolves at once if something was told since the last time. */
  readonly next: () => Promise<void>;
}

function createChanges(): Changes {
  let isTold = false;
  let wake: (() => void) | undefined;
  return {
    tell() {
      isTold = true;
      wake?.();
    },
    async next() {
      if (!isTold) await new Promise<void>((resolve) => (wake = resolve));
      isTold = false;
    },
  };
}

async function follow(
  response: ServerResponse,
  changes: Changes,
  view: () => Promise<PublicJob | undefined>,
): Promise<void> {
  response.writeHead(200, streamHead);
  response.write(`retry: ${RETRY_MS}\n\n`);
  let shown = '';
  while (!response.destroyed && !response.writableEnded) {
    const job = await view();
    const text = JSON.stringify(job);
    if (job === undefined) break;
    if (text !== shown) response.write(`data: ${text}\n\n`);
    shown = text;
    if (job.state !== 'pending' && job.state !== 'running') break;
    await changes.next();
  }
  response.end();
}
