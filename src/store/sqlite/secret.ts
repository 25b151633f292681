// The secret of a store: 32 random bytes in a file beside it that nobody but its owner may read.
// What is signed with it can be checked after a restart, and by nobody else. A lost file costs what
// was signed before; it is made anew.

import { generateKeySync } from 'node:crypto';
import { closeSync, fsyncSync, openSync, readFileSync, renameSync, writeSync } from 'node:fs';

const SECRET_BYTES = 32;

/** Reads the secret of the store at `path`, or makes it; for the owner of the store alone. */
export function storeSecret(path: string): Uint8Array {
  const file = `${path}.secret`;
  return read(file) ?? make(file);
}

function read(file: string): Uint8Array | undefined {
  try {
    const bytes = readFileSync(file);
    // A shorter one was cut while it was written.
    return bytes.length === SECRET_BYTES ? bytes : undefined;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

function make(file: string): Uint8Array {
  const secret = generateKeySync('hmac', { length: SECRET_BYTES * 8 }).export();
  const descriptor = openSync(`${file}.new`, 'w', 0o600);
  try {
    writeSync(descriptor, secret);
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
  renameSync(`${file}.new`, file);
  return secret;
}
