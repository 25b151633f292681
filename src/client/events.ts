// Follows the events of a server over any number of connections: each one goes on after the last
// event that the one before has brought. What was missed for good comes as a `reset` event from the
// server.

import type { JobEvent } from '../sendoff.ts';
import { readEventStream } from './event-stream.ts';
import type { Answer, Transport } from './transport.ts';
import { Patience } from './wait.ts';

interface Options {
  readonly since?: string;
  readonly signal?: AbortSignal;
}

/** Ends quietly when its reader aborts, and when the client is closed under it. */
export async function* followEvents(
  transport: Transport,
  options: Options,
): AsyncGenerator<JobEvent> {
  const isTooLate = transport.isClosed;
  try {
    yield* connections(transport, options);
  } catch (error) {
    const isOver = options.signal?.aborted || (transport.isClosed && !isTooLate);
    if (!isOver) throw error;
  }
}

async function* connections(
  transport: Transport,
  { since, signal }: Options,
): AsyncGenerator<JobEvent> {
  const patience = new Patience(transport, signal);
  let lastId = since;
  let retryMs = 1_000;
  // Before the first answer a failure is the caller's to know; later the server is only away for a
  // while.
  let answer: Answer | undefined = await connect(transport, lastId, signal);
  for (;;) {
    answer ??= await connect(transport, lastId, signal).catch((error) => patience.bear(error));
    if (answer === undefined) continue;
    try {
      for await (const event of readEventStream(answer.body)) {
        if (event.id !== '') lastId = event.id;
        retryMs = event.retryMs ?? retryMs;
        if (event.data !== '') yield JSON.parse(event.data) as JobEvent;
      }
    } catch (error) {
      await patience.bear(transport.failure(error, signal));
    }
    answer = undefined;
    await patience.again(retryMs);
  }
}

async function connect(
  transport: Transport,
  lastId: string | undefined,
  signal?: AbortSignal,
): Promise<Answer> {
  const answer = await transport.once({
    method: 'GET',
    path: '/v1/events',
    headers: [
      ...['accept', 'text/event-stream'],
      ...(lastId === undefined ? [] : ['last-event-id', lastId]),
    ],
    isLong: true,
    signal,
  });
  if (answer.statusCode !== 200) throw await transport.refusal(answer);
  return answer;
}
