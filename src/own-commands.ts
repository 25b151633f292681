// What an owner of a store needs to run commands: the operator's rules, somebody who runs them, and
// that nothing of an earlier process of this store goes on running.

import { hash } from 'node:crypto';
import type { Clock } from './clock.ts';
import type { Config } from './config/check-config.ts';
import { checkCommandSection } from './config/commands.ts';
import { cgroupTrees, hasCgroup } from './delivery/command/cgroup.ts';
import { markedTrees } from './delivery/command/marked-tree.ts';
import { checkPrivileges } from './delivery/command/privileges.ts';
import { endTree, type ProcessTrees } from './delivery/command/process-tree.ts';
import { createCommandDeliverer } from './delivery/command.ts';
import type { Deliverer } from './delivery/deliverer.ts';
import type { Log } from './engine/node.ts';
import { SendoffError } from './errors.ts';
import type { CommandRules } from './job/command-rules.ts';
import type { CommandRule, NamedCommand } from './job/named-command.ts';

export interface CommandOptions {
  /** Commands by name, beside those of the configuration. */
  readonly commands?: Readonly<Record<string, NamedCommand>>;
  /**
   * May callers over the Unix socket, and of this library, run programs without a name?
   * @default false
   */
  readonly anyCommand?: boolean;
  /** Standard output kept of one attempt, unless the command has a limit of its own. */
  readonly responseBodyBytes?: number;
  readonly config?: () => Config;
}

export interface Runner {
  readonly rules: CommandRules;
  readonly deliverer: Deliverer;
  /** Of one command at once. */
  readonly concurrencyOf: (name: string) => number;
  /** @throws SendoffError `invalid_config` for what cannot be run here as it is written */
  check(commands: ReadonlyMap<string, CommandRule>): void;
  /** Ends what an earlier process of this store has left running. */
  endLeftovers(): Promise<void>;
}

interface Place {
  /** Of the store. */
  readonly path: string;
  readonly clock: Clock;
  readonly log: Log;
}

/** @throws SendoffError `invalid_config`, and as `checkCommandSection` */
export function openRunner(options: CommandOptions, { path, clock, log }: Place): Runner {
  const store = hash('sha256', path).slice(0, 16);
  const rules = rulesOf(options);
  const hasCommands = rules.anyCommand || rules.named().size > 0;
  let opened: ProcessTrees | undefined;
  const trees = (): ProcessTrees => {
    opened ??= cgroupTrees(store) ?? markedTrees(store);
    return opened;
  };
  const check: Runner['check'] = (commands) => {
    refuseElsewhere();
    for (const rule of commands.values()) checkPrivileges(rule, trees());
  };
  if (hasCommands) {
    check(rules.named());
    if (trees().kind === 'mark') {
      log('info', 'No cgroup may be made here: commands are known by a mark in their environment');
    }
  }
  const onSurvivors = (jobId: string): void =>
    log('error', 'Processes of a command could not be ended', { jobId });
  const deliverer = createCommandDeliverer({
    ...{ clock, rules, trees, store, onSurvivors },
    ...(options.responseBodyBytes !== undefined && {
      responseBodyBytes: options.responseBodyBytes,
    }),
  });
  return {
    rules,
    check,
    deliverer: { ...deliverer, close: () => deliverer.close().finally(() => opened?.close()) },
    concurrencyOf: (name) => rules.named().get(name)?.concurrency ?? Number.POSITIVE_INFINITY,
    async endLeftovers() {
      if (process.platform !== 'linux') return;
      // An earlier process may have had commands that are configured no more.
      const isOpen = hasCommands || hasCgroup(store);
      const left = (isOpen ? trees() : markedTrees(store)).leftovers();
      // What stood for those that have ended goes all the same: its names are given again.
      if ((await left.pids()).length === 0) return left.remove();
      log('warn', 'Ending commands that the last process left running');
      const isGone = await endTree(left, { clock, graceMs: 0 });
      if (!isGone) log('error', 'Commands of the last process could not be ended');
    },
  };
}

function refuseElsewhere(): void {
  if (process.platform === 'linux') return;
  const message = `Expected Linux to run commands, got ${process.platform}`;
  throw new SendoffError('invalid_config', message, { field: 'commands' });
}

/** Commands of the configuration as it is now, and those of the options. */
function rulesOf({ commands = {}, anyCommand = false, config }: CommandOptions): CommandRules {
  const own = checkCommandSection(commands, 'commands');
  let read: ReadonlyMap<string, CommandRule> | undefined;
  let merged: ReadonlyMap<string, CommandRule> = own;
  const named = (): ReadonlyMap<string, CommandRule> => {
    const present = config?.().commands;
    if (present !== read) {
      read = present;
      merged = new Map([...(present ?? []), ...own]);
    }
    return merged;
  };
  return { named, anyCommand };
}
