// Where the body of an answer goes that is too large for one piece: here, into memory, because
// there is no store.

import type { BodyWriter } from '../job/body.ts';
import type { Outcome } from '../job/outcome.ts';

export interface MemoryBodies {
  readonly open: () => BodyWriter;
  /** The outcome with its body in one piece. */
  readonly whole: (outcome: Outcome) => Outcome;
}

/** For one attempt, which opens one body at most. */
export function memoryBodies(): MemoryBodies {
  let pieces: Uint8Array[] = [];
  const writer: BodyWriter = {
    bodyId: 0,
    async write(chunk) {
      // The chunk is a view into a buffer that goes on being used.
      pieces.push(Uint8Array.from(chunk));
    },
    async end() {},
    discard() {
      pieces = [];
    },
  };
  return {
    open: () => writer,
    whole(outcome) {
      if (outcome.kind === 'error' || outcome.response.bodyId === null) return outcome;
      const body = Buffer.concat(pieces);
      return { ...outcome, response: { ...outcome.response, body, bodyId: null } };
    },
  };
}
