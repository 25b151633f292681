// Waits for a job over any number of long polls. A server that restarts meanwhile is given time to
// come back: the job is on its disk, and the wait is about the job, not about a connection.

import { SendoffError } from '../errors.ts';
import { limits } from '../limits.ts';
import type { JobView } from '../sendoff.ts';
import { Unreachable } from './failure.ts';
import { isBusy, pauseMs, type Transport } from './transport.ts';

/**
 * @throws SendoffError `not_found`, `aborted`, `closed`, `unreachable` when the server stays away
 */
export async function waitSettled(
  transport: Transport,
  id: string,
  signal?: AbortSignal,
): Promise<JobView> {
  const patience = new Patience(transport, signal);
  for (;;) {
    const job = await poll(transport, id, signal).catch((error) => patience.bear(error));
    if (job === undefined) continue;
    if (isSettled(job)) return job;
    await patience.again();
  }
}

export function isSettled({ state }: JobView): boolean {
  return state === 'succeeded' || state === 'failed' || state === 'cancelled';
}

async function poll(transport: Transport, id: string, signal?: AbortSignal): Promise<JobView> {
  const answer = await transport.once({
    method: 'GET',
    path: `/v1/jobs/${encodeURIComponent(id)}`,
    headers: ['prefer', `wait=${limits.clientPollMs / 1_000}`],
    isLong: true,
    signal,
  });
  if (answer.statusCode >= 400) throw await transport.refusal(answer);
  return (await transport.read(answer.body, signal)) as JobView;
}

/** How long broken connections in a row are put up with. */
export class Patience {
  readonly #transport: Transport;
  readonly #signal: AbortSignal | undefined;
  #failures = 0;
  #waitedMs = 0;

  constructor(transport: Transport, signal?: AbortSignal) {
    this.#transport = transport;
    this.#signal = signal;
  }

  /**
   * Pauses after a failure that may pass; throws any other, and the last one when patience is
   * over.
   */
  async bear(error: unknown): Promise<undefined> {
    const isPassing = error instanceof Unreachable || isBusy(error);
    if (!isPassing || this.#waitedMs >= limits.clientLostMs) throw error;
    const delayMs = Math.min(pauseMs(error, ++this.#failures), MOST_PAUSE_MS);
    this.#waitedMs += delayMs;
    await this.#transport.pause(delayMs, this.#signal);
    return undefined;
  }

  /**
   * An exchange went well. Its short pause keeps an answer that came too soon from becoming a hot
   * loop.
   */
  async again(pauseMs: number = LEAST_PAUSE_MS): Promise<void> {
    this.#failures = 0;
    this.#waitedMs = 0;
    await this.#transport.pause(pauseMs, this.#signal);
  }
}

const LEAST_PAUSE_MS = 20;
const MOST_PAUSE_MS = 2_000;

/** What a job that was settled without an answer is to a caller who wanted one. */
export function noResponse(job: JobView): SendoffError {
  const why = job.reason === undefined ? job.state : `${job.state}, ${job.reason}`;
  const message = `Job ${job.id} ended without an answer of its target (${why})`;
  return new SendoffError('no_response', message, { jobId: job.id });
}
