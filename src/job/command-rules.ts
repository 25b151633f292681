// What may be run, as doors and the runner ask for it: the same rules when a job is handed over and
// again when it runs, because the operator may have changed them in between.

import { SendoffError } from '../errors.ts';
import { limits } from '../limits.ts';
import type { CommandTarget } from './job.ts';
import { checkFields } from './known-field.ts';
import { type CommandRule, VARIABLE } from './named-command.ts';
import { shown } from './shown.ts';
import { checkText } from './text.ts';

/** Asked at every use: a changed configuration counts from then on. */
export interface CommandRules {
  /** Commands by name. */
  readonly named: () => ReadonlyMap<string, CommandRule>;
  /** May callers who are trusted with this machine run what has no name? */
  readonly anyCommand: boolean;
}

/** Nothing may be run. */
export const noCommands: CommandRules = { named: () => new Map(), anyCommand: false };

/** @throws SendoffError `runner_disabled`, `unknown_command` */
export function ruleOf(rules: CommandRules, name: unknown): CommandRule {
  const named = rules.named();
  if (named.size === 0 && !rules.anyCommand) throw runnerDisabled();
  const rule = typeof name === 'string' ? named.get(name) : undefined;
  if (rule !== undefined) return rule;
  const detail = `Expected \`command\` to be a name of the configuration, got ${shown(name)}`;
  throw new SendoffError('unknown_command', detail, { field: 'command' });
}

/** @throws SendoffError `runner_disabled` */
export function refuseUnnamed(rules: CommandRules): void {
  if (rules.anyCommand) return;
  const detail = 'Commands without a name run only on a server started with --any-command';
  throw new SendoffError('runner_disabled', detail, { field: 'program' });
}

/** What goes for a program without a name: the caller may do on this machine as we may. */
export const freeRule: Pick<CommandRule, 'least' | 'most' | 'pattern' | 'hasDashes'> & {
  readonly callerEnv?: undefined;
} = { least: 0, most: limits.commandArguments, pattern: undefined, hasDashes: true };

type ArgumentRule = Pick<CommandRule, 'least' | 'most' | 'pattern' | 'hasDashes'> & {
  readonly callerEnv?: ReadonlySet<string> | undefined;
};

/**
 * A caller's arguments and environment.
 *
 * @throws SendoffError `invalid_field`, `invalid_text`
 */
export function checkCall(
  fields: { readonly args?: unknown; readonly env?: unknown },
  rule: ArgumentRule,
): Pick<CommandTarget, 'args' | 'env'> {
  const args = checkArgs(fields.args, rule);
  const env = checkEnv(fields.env, rule);
  const texts = [...args, ...Object.entries(env).map(([name, value]) => `${name}=${value}`)];
  const bytes = texts.reduce((sum, text) => sum + Buffer.byteLength(text) + 1, 0);
  if (bytes > limits.commandArgumentBytes) {
    const wanted = `at most ${limits.commandArgumentBytes} bytes in all`;
    throw invalid('args', `Expected \`args\` and \`env\` to have ${wanted}, got ${bytes}`);
  }
  return Object.keys(env).length === 0 ? { args } : { args, env };
}

function checkArgs(value: unknown, { least, most, pattern, hasDashes }: ArgumentRule): string[] {
  const list = value ?? [];
  if (!Array.isArray(list)) {
    throw invalid('args', `Expected \`args\` to be a list of texts, got ${shown(value)}`);
  }
  if (list.length < least || list.length > most) {
    throw invalid(
      'args',
      `Expected \`args\` to have ${least} to ${most} items, got ${list.length}`,
    );
  }
  return list.map((item: unknown, index) => {
    const field = `args[${index}]`;
    const text = checkText(item, field);
    if (!hasDashes && text.startsWith('-')) {
      const detail = `Expected \`${field}\` not to begin with a dash, got ${shown(text)}`;
      throw invalid(field, detail);
    }
    if (pattern === undefined || pattern.test(text)) return text;
    throw invalid(field, `Expected \`${field}\` to be as this command asks, got ${shown(text)}`);
  });
}

function checkEnv(value: unknown, { callerEnv }: ArgumentRule): Record<string, string> {
  if (value === undefined) return {};
  const names = typeof value === 'object' && value !== null ? Object.keys(value) : [];
  const wrong = names.find((name) => !(callerEnv?.has(name) ?? VARIABLE.test(name)));
  if (wrong !== undefined) {
    const detail = `Expected \`env\` to have only what this command lets callers set`;
    throw invalid('env', `${detail}, got ${shown(wrong)}`);
  }
  const fields = checkFields(value, new Set(names), 'env');
  const pairs = Object.entries(fields);
  return Object.fromEntries(pairs.map(([name, one]) => [name, checkText(one, `env.${name}`)]));
}

function runnerDisabled(): SendoffError {
  const detail = 'No commands are configured here, so none can be run';
  return new SendoffError('runner_disabled', detail, { field: 'command' });
}

function invalid(field: string, message: string): SendoffError {
  return new SendoffError('invalid_field', message, { field });
}
