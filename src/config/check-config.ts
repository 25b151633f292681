// What an operator may write into the configuration file. Each section is checked by the code that
// owns what it describes; a field that nobody knows is refused, because a typing error must not
// silently switch a rule off.

import type { LimitValues, QueueValues } from '../job/budget-values.ts';
import { checkFields, isPlainObject } from '../job/known-field.ts';
import type { CommandRule } from '../job/named-command.ts';
import { checkRoutes, type Routes } from '../job/publishable-route.ts';
import { checkCommandSection } from './commands.ts';
import { configError } from './config-error.ts';
import { checkLimits, checkQueues } from './queues.ts';
import { checkRetention, type Retention } from './retention.ts';

/** A configuration that has been checked. An absent section is what an empty one would be. */
export interface Config {
  /** Counts from the next start. */
  readonly keep?: Retention;
  /** Publishable routes, by name. */
  readonly routes?: Routes;
  readonly commands?: ReadonlyMap<string, CommandRule>;
  readonly queues?: Readonly<Record<string, QueueValues>>;
  readonly limits?: Readonly<Record<string, LimitValues>>;
}

/** Each section's check gets the value and the path to name in messages. */
const sections: {
  readonly [Name in keyof Config]-?: (value: unknown, path: string) => NonNullable<Config[Name]>;
} = {
  keep: checkRetention,
  routes: checkRoutes,
  commands: checkCommandSection,
  queues: checkQueues,
  limits: checkLimits,
};

/**
 * Checks a whole configuration.
 *
 * @throws SendoffError `invalid_config`, or what a section's check throws, with the field's path
 */
export function checkConfig(value: unknown): Config {
  if (!isPlainObject(value)) throw configError('Expected the configuration to be an object');
  const fields = checkFields(value, new Set(Object.keys(sections)), '');
  const checks: Readonly<Record<string, (value: unknown, path: string) => unknown>> = sections;
  const checked: Record<string, unknown> = {};
  for (const [name, section] of Object.entries(fields)) {
    if (section !== undefined) checked[name] = checks[name]?.(section, name);
  }
  return checked as Config;
}
