// What makes two jobs "the same": kind of target, method, URL and body bytes; of a command its name
// (or program and folder), arguments and input. Other headers, environment and delivery options do
// not count, so that a caller may repeat a hand-over with a new token or a longer timeout. The
// publishable route that a job came by does: no page may pass for the maker of another's job.

import { createHash, hash } from 'node:crypto';
import type { Target } from './job.ts';

export interface Content {
  readonly target: Target;
  /** The publishable route that it came by. */
  readonly route?: string | undefined;
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
  const bodyHash = content.bodyHash ?? hash('sha256', content.body ?? EMPTY, 'buffer');
  const from = content.route === undefined ? '' : `route ${content.route}\n`;
  const head = Buffer.from(from + headOf(content.target));
  return hash('sha256', Buffer.concat([head, bodyHash]), 'buffer');
}

/** No line break stands in a method, a URL or JSON: no two contents give the same text. */
function headOf(target: Target): string {
  if (target.kind === 'http') return `http\n${target.method}\n${target.url}\n`;
  const { name, program, folder, args } = target;
  return `command\n${JSON.stringify([name ?? null, program ?? null, folder ?? null, args])}\n`;
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
