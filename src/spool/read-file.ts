// Reads a file that a stranger may have put there: a plain one or nothing. A link would have us
// read what its maker may not, a FIFO would hold us for ever, a device may do anything when it is
// opened. So it is looked at before it is opened, opened without following, and looked at again.

import { constants } from 'node:fs';
import { type FileHandle, lstat, open } from 'node:fs/promises';

/** What a file cannot be taken for, and why. */
export interface Refusal {
  readonly code: string;
  readonly detail: string;
}

export interface Bounds {
  /** Its size as it was seen; one that has grown since is for later. */
  readonly bytes: number;
  readonly mostBytes: number;
}

export type Read =
  | { readonly kind: 'bytes'; readonly bytes: Buffer; readonly modifiedAt: number }
  | { readonly kind: 'refused'; readonly refusal: Refusal }
  /** It is gone, or cannot be read at this moment. */
  | { readonly kind: 'later' };

export async function readFile(path: string, bounds: Bounds): Promise<Read> {
  try {
    if (!(await lstat(path)).isFile()) return notAFile;
    const flags = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;
    await using file = await open(path, flags);
    return await readOpen(file, bounds);
  } catch (error) {
    return failed(error as NodeJS.ErrnoException);
  }
}

async function readOpen(file: FileHandle, { bytes: seen, mostBytes }: Bounds): Promise<Read> {
  const { size, mtimeMs, nlink, ...found } = await file.stat();
  const isFile = (found.mode & constants.S_IFMT) === constants.S_IFREG;
  if (!isFile || nlink > 1) return notAFile;
  if (size > mostBytes) {
    return refused('body_too_large', `Expected a file of at most ${mostBytes} bytes, got ${size}`);
  }
  if (size > seen) return { kind: 'later' };
  const bytes = Buffer.allocUnsafe(size);
  let length = 0;
  while (length < size) {
    const { bytesRead } = await file.read(bytes, length, size - length, length);
    if (bytesRead === 0) break;
    length += bytesRead;
  }
  return { kind: 'bytes', bytes: bytes.subarray(0, length), modifiedAt: mtimeMs };
}

function failed({ code = '', message }: NodeJS.ErrnoException): Read {
  if (code === 'ELOOP') return notAFile;
  if (code === 'EACCES' || code === 'EPERM') {
    return refused('unreadable', 'Expected a file that the server may read');
  }
  if (code === 'ENAMETOOLONG') return refused('unreadable', message);
  return { kind: 'later' };
}

function refused(code: string, detail: string): Read {
  return { kind: 'refused', refusal: { code, detail } };
}

const notAFile = refused(
  'not_a_file',
  'Expected a plain file: no link, folder, pipe, socket or device',
);
