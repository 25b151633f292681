// Bytes that look random and can be made again anywhere, and the fingerprints by which a request
// and an answer are known to be unaltered.

import { createCipheriv, createHash } from 'node:crypto';

/** Bytes that follow from their name alone. */
export function bytesNamed(name: string, length: number): Buffer {
  const key = createHash('sha256').update(name).digest().subarray(0, 16);
  return createCipheriv('aes-128-ctr', key, Buffer.alloc(16)).update(Buffer.alloc(length));
}

/** Everything of a request that must reach the target as it was handed over. */
export function requestFingerprint(request: {
  readonly method: string;
  /** Path and query, byte for byte. */
  readonly path: string;
  readonly token: string;
  readonly body: Uint8Array;
}): string {
  const { method, path, token, body } = request;
  return createHash('sha256').update(`${method} ${path}\n${token}\n`).update(body).digest('hex');
}

export function bodyFingerprint(body: Uint8Array): string {
  return createHash('sha256').update(body).digest('hex');
}
