import { SendoffError } from '../errors.ts';

/** A server does not start with such a file; a running one keeps the one before. */
export function configError(message: string, cause?: unknown): SendoffError {
  return new SendoffError('invalid_config', message, cause === undefined ? {} : { cause });
}
