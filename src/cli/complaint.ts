// What a person reads when something went wrong: one line that names the thing, then what to do
// next.

import { type ErrorCode, SendoffError } from '../errors.ts';
import { plainLine } from './plain-text.ts';

const nextSteps: Partial<Record<ErrorCode, string>> = {
  unreachable: 'Start one with `sendoff serve`, or say where it is with SENDOFF_URL or --server.',
  unauthorized: 'Give the token as SENDOFF_TOKEN or with --token-file.',
  not_found: '`sendoff ls` shows the jobs that there are, `sendoff queue ls` the queues.',
  response_pruned: 'Answers are kept for a day; `sendoff get` still shows the rest.',
  idempotency_mismatch: 'Hand over exactly the same request, or choose another --key or --id.',
  already_final: '`sendoff retry ID` sends it once more.',
  already_running: '`sendoff get ID` shows how it goes.',
  fixed_value: 'Change it in the configuration file, and let the server read it by SIGHUP.',
  busy: 'Try again in a moment; nothing of this was stored.',
  stopping: 'Try again when the server is back; nothing of this was stored.',
  storage_full: 'Make room on the disk, or let the server keep less.',
  store_locked: 'Talk to the server that has it open, or choose another --store.',
  store_too_new: 'Update sendoff, or choose another --store.',
  store_readonly: 'Let this user write to the file and its folder, or choose another --store.',
  not_a_sendoff_store: 'Choose another --store; this file was not touched.',
  listen_failed: 'Choose another address with --listen.',
  invalid_config: 'Mend the file, or choose another with --config.',
  target_not_allowed: 'The server must be started with --egress-private yes or --egress-allow.',
};

/** Lines for stderr. What is no SendoffError is our own bug and shows where it happened. */
export function complaint(error: unknown): string {
  if (error instanceof SendoffError) {
    const first = `sendoff: ${plainLine(error.message)} (${error.code})\n`;
    const next = nextSteps[error.code];
    return next === undefined ? first : `${first}${next}\n`;
  }
  if (isSystemError(error)) return `sendoff: ${plainLine(error.message)}\n`;
  const detail = error instanceof Error ? (error.stack ?? error.message) : String(error);
  return `sendoff: this is a bug of sendoff's own.\n${detail}\n`;
}

/** A file that is not there, a folder that may not be read. */
function isSystemError(error: unknown): error is Error {
  return error instanceof Error && 'syscall' in error;
}
