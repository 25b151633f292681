// A command that an operator has named, and the check of what was written about it. Callers know
// the name alone; everything that decides what runs stands here.

import { SendoffError } from '../errors.ts';
import { limits } from '../limits.ts';
import { isAtMostOnce } from './delivery-mode.ts';
import { parseDuration } from './duration.ts';
import { checkFields } from './known-field.ts';
import { shown } from './shown.ts';
import { parseSize } from './size.ts';
import { checkName, checkText, checkWhole } from './text.ts';

/** A command as the configuration has it. */
export interface NamedCommand {
  /** Absolute path. Neither it nor a folder on its way may be open to everybody's writing. */
  readonly program: string;
  /** Go before the caller's. */
  readonly args?: readonly string[];
  /** What a caller may add. */
  readonly arguments?: {
    /** @default 0 */
    readonly least?: number;
    /** @default 100 */
    readonly most?: number;
    /** Each must match it as a whole. */
    readonly pattern?: string;
    /** May they begin with `-`? @default false */
    readonly dashes?: boolean;
    /** Puts `--` before them. @default false */
    readonly separator?: boolean;
  };
  /** Where it runs. @default / */
  readonly folder?: string;
  readonly env?: Readonly<Record<string, string>>;
  /** Names of variables that a caller may set. */
  readonly callerEnv?: readonly string[];
  /** Name or number; only where sendoff runs as root. */
  readonly user?: string;
  readonly group?: string;
  /** Of this command at once. @default as many as all commands together */
  readonly concurrency?: number;
  /** Longest attempt; callers may ask for less. @default '15m' */
  readonly timeout?: number | string;
  /** Largest standard input. @default as request bodies */
  readonly maxInput?: number | string;
  /** Standard output that is kept. @default as response bodies */
  readonly maxOutput?: number | string;
  readonly memory?: number | string;
  /** @default 'at-least-once' */
  readonly delivery?: 'at-least-once' | 'at-most-once';
}

/** A command whose configuration has been checked. */
export interface CommandRule {
  readonly name: string;
  readonly program: string;
  readonly args: readonly string[];
  readonly least: number;
  readonly most: number;
  readonly pattern: RegExp | undefined;
  readonly hasDashes: boolean;
  readonly hasSeparator: boolean;
  readonly folder: string;
  readonly env: Readonly<Record<string, string>>;
  readonly callerEnv: ReadonlySet<string>;
  readonly user: string | undefined;
  readonly group: string | undefined;
  readonly concurrency: number;
  readonly timeoutMs: number | undefined;
  readonly inputBytes: number | undefined;
  readonly outputBytes: number | undefined;
  readonly memoryBytes: number | undefined;
  readonly isOnce: boolean;
}

const FIELDS: ReadonlySet<string> = new Set([
  ...['program', 'args', 'arguments', 'folder', 'env', 'callerEnv', 'user', 'group'],
  ...['concurrency', 'timeout', 'maxInput', 'maxOutput', 'memory', 'delivery'],
]);
const ARGUMENT_FIELDS: ReadonlySet<string> = new Set([
  ...['least', 'most', 'pattern', 'dashes', 'separator'],
]);
const NAME = /^[A-Za-z0-9][A-Za-z0-9._-]*$/;
/** A variable: what every shell can name. */
export const VARIABLE: RegExp = /^[A-Za-z_][A-Za-z0-9_]*$/;

/**
 * Every command of a configuration, by name.
 *
 * @throws SendoffError `unknown_field`, `invalid_field`, `invalid_text`, `invalid_duration`,
 *   `number_out_of_range`, with the field's path such as `commands.backup.program`
 */
export function checkCommands(value: unknown, path: string): ReadonlyMap<string, CommandRule> {
  const names = typeof value === 'object' && value !== null ? Object.keys(value) : [];
  const commands = checkFields(value, new Set(names), path);
  return new Map(
    Object.entries(commands).map(([name, one]) => {
      if (!NAME.test(checkName(name, path))) {
        const wanted = 'letters, digits, dots, dashes and underscores';
        throw invalid(`${path}.${name}`, `Expected a command's name to have ${wanted}`);
      }
      return [name, checkCommand(name, one, `${path}.${name}`)];
    }),
  );
}

function checkCommand(name: string, value: unknown, path: string): CommandRule {
  const fields = checkFields(value, FIELDS, path);
  const at = (field: string): string => `${path}.${field}`;
  const text = (field: string): string | undefined =>
    fields[field] === undefined ? undefined : checkText(fields[field], at(field));
  const size = (field: string): number | undefined =>
    fields[field] === undefined ? undefined : parseSize(fields[field], at(field));
  const { timeout, concurrency } = fields;
  return {
    name,
    program: absolute(fields.program, at('program')),
    args: texts(fields.args, at('args')),
    ...checkArguments(fields.arguments, at('arguments')),
    folder: fields.folder === undefined ? '/' : absolute(fields.folder, at('folder')),
    env: variables(fields.env, at('env')),
    callerEnv: new Set(variableNames(fields.callerEnv, at('callerEnv'))),
    user: text('user'),
    group: text('group'),
    concurrency:
      concurrency === undefined
        ? Number.POSITIVE_INFINITY
        : checkWhole(concurrency, { field: at('concurrency'), least: 1, most: 1_000_000 }),
    timeoutMs:
      timeout === undefined
        ? undefined
        : parseDuration(timeout, { field: at('timeout'), leastMs: 1 }),
    inputBytes: size('maxInput'),
    outputBytes: size('maxOutput'),
    memoryBytes: size('memory'),
    isOnce: isAtMostOnce(fields.delivery, at('delivery')),
  };
}

function checkArguments(
  value: unknown,
  path: string,
): Pick<CommandRule, 'least' | 'most' | 'pattern' | 'hasDashes' | 'hasSeparator'> {
  const fields = value === undefined ? {} : checkFields(value, ARGUMENT_FIELDS, path);
  const whole = (field: string, fallback: number): number => {
    if (fields[field] === undefined) return fallback;
    const range = { field: `${path}.${field}`, least: 0, most: limits.commandArguments };
    return checkWhole(fields[field], range);
  };
  return {
    least: whole('least', 0),
    most: whole('most', limits.commandArguments),
    pattern: checkPattern(fields.pattern, `${path}.pattern`),
    hasDashes: flag(fields.dashes, `${path}.dashes`),
    hasSeparator: flag(fields.separator, `${path}.separator`),
  };
}

function checkPattern(value: unknown, field: string): RegExp | undefined {
  if (value === undefined) return undefined;
  const source = checkText(value, field);
  try {
    return new RegExp(`^(?:${source})$`, 'u');
  } catch (error) {
    throw invalid(field, `Expected \`${field}\` to be a regular expression: ${error}`);
  }
}

function absolute(value: unknown, field: string): string {
  const path = checkText(value, field);
  if (path.startsWith('/')) return path;
  throw invalid(field, `Expected \`${field}\` to be an absolute path, got ${shown(path)}`);
}

function texts(value: unknown, field: string): readonly string[] {
  if (value === undefined) return [];
  if (!Array.isArray(value)) {
    throw invalid(field, `Expected \`${field}\` to be a list of texts, got ${shown(value)}`);
  }
  return value.map((each: unknown, index) => checkText(each, `${field}[${index}]`));
}

function variables(value: unknown, field: string): Readonly<Record<string, string>> {
  if (value === undefined) return {};
  const names = typeof value === 'object' && value !== null ? Object.keys(value) : [];
  const fields = checkFields(value, new Set(names), field);
  variableNames(names, field);
  const pairs = Object.entries(fields);
  return Object.fromEntries(pairs.map(([name, one]) => [name, checkText(one, `${field}.${name}`)]));
}

function variableNames(value: unknown, field: string): readonly string[] {
  const names = texts(value, field);
  const wrong = names.find((name) => !VARIABLE.test(name));
  if (wrong === undefined) return names;
  throw invalid(field, `Expected \`${field}\` to have names of variables, got ${shown(wrong)}`);
}

function flag(value: unknown, field: string): boolean {
  if (value === undefined || typeof value === 'boolean') return value ?? false;
  throw invalid(field, `Expected \`${field}\` to be true or false, got ${shown(value)}`);
}

function invalid(field: string, message: string): SendoffError {
  return new SendoffError('invalid_field', message, { field });
}
