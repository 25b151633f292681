// Follows what a command writes over any number of connections. A new connection begins with pieces
// that the one before has brought already: they are told by their offsets.

import type { OutputPiece } from '../command.ts';
import { readEventStream, type StreamEvent } from './event-stream.ts';
import type { Answer, Transport } from './transport.ts';
import { Patience } from './wait.ts';

/** Ends when the job settles; quietly when its reader aborts, or the client is closed under it. */
export async function* followOutput(
  transport: Transport,
  id: string,
  signal?: AbortSignal,
): AsyncGenerator<OutputPiece> {
  const isTooLate = transport.isClosed;
  try {
    yield* connections(transport, id, signal);
  } catch (error) {
    const isOver = signal?.aborted || (transport.isClosed && !isTooLate);
    if (!isOver) throw error;
  }
}

async function* connections(
  transport: Transport,
  id: string,
  signal?: AbortSignal,
): AsyncGenerator<OutputPiece> {
  const patience = new Patience(transport, signal);
  const seen = new Seen();
  // Before the first answer a failure is the caller's to know.
  let answer: Answer | undefined = await connect(transport, id, signal);
  for (;;) {
    answer ??= await connect(transport, id, signal).catch((error) => patience.bear(error));
    if (answer === undefined) continue;
    try {
      for await (const event of readEventStream(answer.body)) {
        if (event.type === 'end') return;
        const piece = seen.rest(pieceOf(event));
        if (piece !== undefined) yield piece;
      }
    } catch (error) {
      await patience.bear(transport.failure(error, signal));
    }
    answer = undefined;
    await patience.again();
  }
}

async function connect(transport: Transport, id: string, signal?: AbortSignal): Promise<Answer> {
  const answer = await transport.once({
    method: 'GET',
    path: `/v1/jobs/${encodeURIComponent(id)}/output`,
    headers: ['accept', 'text/event-stream'],
    isLong: true,
    signal,
  });
  if (answer.statusCode !== 200) throw await transport.refusal(answer);
  return answer;
}

interface WirePiece {
  readonly attempt: number;
  readonly offset: number;
  readonly text?: string;
  readonly base64?: string;
}

function pieceOf({ type, data }: StreamEvent): OutputPiece | undefined {
  if (type !== 'stdout' && type !== 'stderr') return undefined;
  const { attempt, offset, text, base64 } = JSON.parse(data) as WirePiece;
  const bytes = base64 === undefined ? Buffer.from(text ?? '') : Buffer.from(base64, 'base64');
  return { stream: type, attempt, offset, bytes };
}

/** How far each stream has come. */
class Seen {
  #attempt = 0;
  #next = { stdout: 0, stderr: 0 };

  /** What is new of a piece. */
  rest(piece: OutputPiece | undefined): OutputPiece | undefined {
    if (piece === undefined || piece.attempt < this.#attempt) return undefined;
    if (piece.attempt > this.#attempt) this.#next = { stdout: 0, stderr: 0 };
    this.#attempt = piece.attempt;
    const { stream, offset, bytes } = piece;
    const known = Math.max(0, this.#next[stream] - offset);
    if (known >= bytes.byteLength) return undefined;
    this.#next[stream] = offset + bytes.byteLength;
    return known === 0 ? piece : { ...piece, offset: offset + known, bytes: bytes.subarray(known) };
  }
}
