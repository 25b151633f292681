// The output of one command for one reader: of a settled job all that is kept, of any other each
// piece as it is written, until the job settles.

import { SendoffError } from '../../errors.ts';
import { limits } from '../../limits.ts';
import type { JobView, OutputPiece } from '../../sendoff.ts';
import type { Node } from '../node.ts';
import { answer, get } from './look.ts';

/** @throws SendoffError `not_found`, `bad_request` if the job runs no command */
export async function* followOutput(
  node: Node,
  id: string,
  signal?: AbortSignal,
): AsyncGenerator<OutputPiece, void, undefined> {
  const line = new Line();
  // Begins before the first look, so that nothing is written unheard in between.
  const unfollow = node.outputs.follow(id, (piece) => line.push(piece));
  const forget = node.waiters.add(id, () => line.end());
  const onAbort = (): void => line.end();
  signal?.addEventListener('abort', onAbort);
  try {
    if (signal?.aborted) return;
    const job = await get(node, id);
    if (!job) throw new SendoffError('not_found', `There is no job ${id}`, { jobId: id });
    refuseOthers(job);
    if (job.settledAt === undefined) yield* line.read();
    else yield* kept(node, job);
  } finally {
    unfollow();
    forget();
    signal?.removeEventListener('abort', onAbort);
  }
}

function refuseOthers({ id, target }: JobView): void {
  if (target.kind === 'command') return;
  const detail = `Expected a job that runs a command, got \`${id}\``;
  throw new SendoffError('bad_request', detail, { jobId: id });
}

async function* kept(node: Node, { id, attempts }: JobView): AsyncGenerator<OutputPiece> {
  const found = await answer(node, id);
  if (found.kind !== 'answer') return;
  let offset = 0;
  for await (const bytes of found.read()) {
    yield { stream: 'stdout', attempt: attempts, offset, bytes };
    offset += bytes.byteLength;
  }
  const stderr = Buffer.from(found.response.exit?.stderr ?? '');
  if (stderr.length > 0) yield { stream: 'stderr', attempt: attempts, offset: 0, bytes: stderr };
}

/** Pieces that wait for their reader. */
class Line {
  #waiting: OutputPiece[] = [];
  #bytes = 0;
  #isOver = false;
  #wake: () => void = () => {};

  push(piece: OutputPiece): void {
    if (this.#bytes + piece.bytes.byteLength > limits.outputWaitingBytes) return;
    this.#bytes += piece.bytes.byteLength;
    this.#waiting.push(piece);
    this.#wake();
  }

  end(): void {
    this.#isOver = true;
    this.#wake();
  }

  async *read(): AsyncGenerator<OutputPiece> {
    for (;;) {
      const ready = this.#waiting;
      this.#waiting = [];
      this.#bytes = 0;
      yield* ready;
      if (this.#waiting.length > 0) continue;
      if (this.#isOver) return;
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
  }
}
