// Why a command did not begin: what the system says when a program is started, as one stable code
// and one sentence. Nothing of the command has run then.

import type { AttemptErrorCode } from '../../job/attempt-error.ts';
import type { Exit } from '../../job/job.ts';
import { fileProblem, isFolder, type ProgramProblem, programProblem } from '../../program-file.ts';
import { LAUNCHER_NAME } from './cgroup.ts';
import type { Launch } from './launch.ts';
import { PREFIX_FAILED } from './privileges.ts';

/** See `docs/results.md`. */
export interface SpawnFailure {
  readonly error: AttemptErrorCode;
  readonly detail: string;
  /** No later try can help, unless somebody changes something. */
  readonly isFinal: boolean;
}

const byCode: Readonly<Record<string, readonly [error: AttemptErrorCode, detail: string]>> = {
  ENOENT: ['command_not_found', 'The program, or what it is interpreted by, is not there'],
  EACCES: ['command_not_executable', 'The program may not be executed'],
  ETXTBSY: ['command_busy', 'The program is being written to at this moment'],
  EMFILE: ['too_many_files', 'This process has too many open files for another command'],
  ENFILE: ['too_many_files', 'This machine has too many open files for another command'],
  EAGAIN: ['too_many_processes', 'This machine has too many processes for another command'],
  ENOMEM: ['no_memory', 'This machine has too little memory for another command'],
  E2BIG: ['arguments_too_large', 'The arguments are more than this system takes'],
};
const FINAL: ReadonlySet<string> = new Set(['command_not_allowed', 'arguments_too_large']);

export function failure(error: AttemptErrorCode, detail: string): SpawnFailure {
  return { error, detail, isFinal: FINAL.has(error) };
}

/** What the system's code says. */
export function spawnFailure(code: string | undefined): SpawnFailure {
  const [error, detail] = byCode[code ?? ''] ?? [
    'command_not_started',
    `The command could not be started: ${code ?? 'unknown'}`,
  ];
  return failure(error, detail);
}

const byProblem: Readonly<Record<ProgramProblem['kind'], AttemptErrorCode>> = {
  missing: 'command_not_found',
  not_executable: 'command_not_executable',
  open_to_all: 'command_not_allowed',
};

/** What can be told before anything is started. @param isNamed the operator answers for it */
export function foreseen(
  { program, folder }: Launch,
  { isNamed }: { readonly isNamed: boolean },
): SpawnFailure | undefined {
  const problem = isNamed ? programProblem(program) : fileProblem(program);
  if (problem !== undefined) return failure(byProblem[problem.kind], problem.message);
  if (isFolder(folder)) return undefined;
  return failure('folder_missing', `There is no folder ${folder}`);
}

/** The launcher began and the program did not: they say so by their exit codes and their names. */
export function launchFailure({ code, stderr }: Exit): SpawnFailure | undefined {
  if (code !== 126 && code !== 127 && code !== 2 && code !== 1) return undefined;
  const isLauncher = stderr.startsWith(`${LAUNCHER_NAME}: `);
  const isPrefix = PREFIX_FAILED.test(stderr) && (code === 126 || code === 127);
  if (!isLauncher && !isPrefix) return undefined;
  if (/text file busy/i.test(stderr)) return spawnFailure('ETXTBSY');
  const isMissing = isLauncher || /^\w+: failed to execute/.test(stderr);
  if (code === 127 && isMissing) return spawnFailure('ENOENT');
  if (/permission denied/i.test(stderr)) return spawnFailure('EACCES');
  return failure('command_not_started', `The command could not be started: ${stderr.trim()}`);
}
