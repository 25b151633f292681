// A size on the command line: `512`, `64KiB`, `1.5GB`, `100m`.

import { InvalidArgumentError } from 'commander';
import { sizeOf } from '../job/size.ts';

/** Bytes. */
export function sizeInput(text: string): number {
  const bytes = sizeOf(text);
  if (bytes !== undefined && bytes >= 1 && Number.isSafeInteger(bytes)) return bytes;
  throw new InvalidArgumentError('Expected a size such as 100MiB.');
}
