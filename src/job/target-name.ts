// One text for what a job calls, whatever its kind: in events, lists and filters, and as the name
// of the budget that all jobs of one place share. A command is written `command:<name>`.

import type { CommandTarget, HttpTarget, Target } from './job.ts';

/** A target, or a view of one. */
type Named = Pick<HttpTarget, 'kind' | 'url'> | Pick<CommandTarget, 'kind' | 'name' | 'program'>;

/** The URL of a request; `command:backup`, or `command:/usr/bin/php` for one without a name. */
export function targetUrl(target: Named): string {
  if (target.kind === 'http') return target.url;
  return `command:${target.name ?? target.program ?? ''}`;
}

/** The queue of a command that asks for none. */
export function commandQueue({ name, program = '' }: CommandTarget): string {
  return `command:${name ?? program.slice(program.lastIndexOf('/') + 1)}`;
}

/** What the budgets of the scheduler count: scheme, host and port, or the command. */
export function originOf(target: Target): string {
  const url = targetUrl(target);
  if (target.kind === 'command') return url;
  const end = url.indexOf('/', url.indexOf('//') + 2);
  return end < 0 ? url : url.slice(0, end);
}
