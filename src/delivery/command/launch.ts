// What is started for a command: which words, where, with which environment. Nothing is inherited:
// the environment of this process, with its secrets, stays here. The caller's words are single
// arguments of the program, and no shell reads them.

import type { CommandTarget } from '../../job/job.ts';
import type { CommandRule } from '../../job/named-command.ts';
import type { Attempt } from '../deliverer.ts';
import { MARK } from './marked-tree.ts';

export interface Launch {
  readonly program: string;
  /** Words after the program, its own name not among them. */
  readonly args: readonly string[];
  readonly folder: string;
  readonly env: Readonly<Record<string, string>>;
}

/** What every command finds, unless its configuration says otherwise. */
const BASE_ENV = {
  PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
  LANG: 'C.UTF-8',
};

/** @param rule absent for a command without a name */
export function launchOf(
  { target, jobId, number, idempotencyKey, timeoutMs }: Attempt<CommandTarget>,
  rule: CommandRule | undefined,
  mark: string,
): Launch {
  const own = {
    SENDOFF_JOB: jobId,
    SENDOFF_ATTEMPT: String(number),
    SENDOFF_KEY: idempotencyKey,
    SENDOFF_DEADLINE: String(timeoutMs),
    [MARK]: mark,
  };
  return {
    program: rule?.program ?? target.program ?? '',
    args: [...(rule?.args ?? []), ...(rule?.hasSeparator ? ['--'] : []), ...target.args],
    folder: rule?.folder ?? target.folder ?? '/',
    env: { ...BASE_ENV, ...rule?.env, ...target.env, ...own },
  };
}
