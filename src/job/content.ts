// What makes two jobs "the same": kind of target, method, URL and body bytes. Other headers and
// delivery options do not count, so that a caller may repeat a hand-over with a new token or a
// longer timeout.

import { createHash, hash } from 'node:crypto';
import type { Target } from './job.ts';

export interface Content {
  readonly target: Target;
  /** The whole body if it is at hand. */
  readonly body: Uint8Array | null;
  /** SHA-256 of a body that was streamed into the store; goes before `body`. */
  readonly bodyHash?: Uint8Array;
}

export interface BodyHasher {
  update(chunk: Uint8Array): void;
  /** SHA-256 of all chunks; ends the hasher. */
  digest(): Uint8Array;
}

const EMPTY = new Uint8Array(0);

/**
 * SHA-256 of the content. The same bytes give the same hash inline, streamed, or absent and empty.
 */
export function contentHash(content: Content): Uint8Array {
  const { kind, method, url } = content.target;
  const bodyHash = content.bodyHash ?? hash('sha256', content.body ?? EMPTY, 'buffer');
  // No line break can stand in a method or a canonical URL, so no two contents give the same text.
  const head = Buffer.from(`${kind}\n${method}\n${url}\n`);
  return hash('sha256', Buffer.concat([head, bodyHash]), 'buffer');
}

/** Hashes a body while it streams by. */
export function bodyHasher(): BodyHasher {
  const sha256 = createHash('sha256');
  return {
    update(chunk) {
      sha256.update(chunk);
    },
    digest: () => sha256.digest(),
  };
}
