// Streams that follow one job each. They share one subscription to the engine's events, which is
// there only while somebody follows: a thousand pages cost a map look-up per event, not a thousand
// listeners.

import type { ServerResponse } from 'node:http';
import { SendoffError } from '../../errors.ts';
import { limits } from '../../limits.ts';
import type { ApiOptions } from '../context.ts';
import { streamHead } from '../events.ts';
import type { Exchange } from '../exchange.ts';
import type { PublicJob } from './view.ts';

export interface Followers {
  /** @throws SendoffError `busy` when there are too many */
  open(exchange: Exchange, job: { readonly id: string; readonly who: string }): Stream;
}

export interface Stream {
  /** Writes the view now and after every change of the job, and ends once it is settled. */
  follow(view: () => Promise<PublicJob | undefined>): Promise<void>;
}

/** After a cut a browser comes back in this time. */
const RETRY_MS = 2_000;

export function createFollowers({
  engine,
  clock,
}: Pick<ApiOptions, 'engine' | 'clock'>): Followers {
  const byJob = new Map<string, Set<() => void>>();
  const byAddress = new Map<string, number>();
  let streams = 0;
  let unsubscribe = (): void => {};
  return {
    open({ request, response }, { id, who }) {
      admit(who);
      const changes = createChanges();
      join(id, changes.tell);
      const beat = (): void => {
        if (!response.writableNeedDrain) response.write(':\n\n');
        stopBeat = clock.after(limits.eventHeartbeatMs, beat);
      };
      let stopBeat = clock.after(limits.eventHeartbeatMs, beat);
      const onGone = (): void => void response.end();
      // Others may end their side and still want an answer; a reader of a stream has gone.
      request.socket.once('end', onGone);
      response.once('close', () => {
        request.socket.off('end', onGone);
        stopBeat();
        leave(id, changes.tell);
        forget(who);
        changes.tell();
      });
      return { follow: (view) => follow(response, changes, view) };
    },
  };

  function admit(who: string): void {
    const own = byAddress.get(who) ?? 0;
    if (streams >= limits.routeStreams || own >= limits.routeStreamsPerAddress) {
      const detail = `Expected at most ${limits.routeStreamsPerAddress} streams of one address`;
      throw new SendoffError('busy', detail, { retryAfterMs: 5_000 });
    }
    byAddress.set(who, own + 1);
    if (streams++ > 0) return;
    unsubscribe = engine.subscribe(({ jobId }) => {
      for (const tell of byJob.get(jobId ?? '') ?? []) tell();
    });
  }

  function forget(who: string): void {
    const left = (byAddress.get(who) ?? 1) - 1;
    if (left > 0) byAddress.set(who, left);
    else byAddress.delete(who);
    if (--streams === 0) unsubscribe();
  }

  function join(id: string, tell: () => void): void {
    const tells = byJob.get(id) ?? new Set();
    byJob.set(id, tells.add(tell));
  }

  function leave(id: string, tell: () => void): void {
    const tells = byJob.get(id);
    tells?.delete(tell);
    if (tells?.size === 0) byJob.delete(id);
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
