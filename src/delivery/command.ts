// One attempt of a job that runs a command. The operator's rules are asked again, because they may
// have changed since the job was handed over. What starts processes is loaded with the first
// command.

import type { Clock } from '../clock.ts';
import { SendoffError } from '../errors.ts';
import {
  type CommandRules,
  checkCall,
  freeRule,
  refuseUnnamed,
  ruleOf,
} from '../job/command-rules.ts';
import type { CommandTarget } from '../job/job.ts';
import type { CommandRule } from '../job/named-command.ts';
import type { Outcome } from '../job/outcome.ts';
import { limits } from '../limits.ts';
import { launchOf } from './command/launch.ts';
import { privileges } from './command/privileges.ts';
import type { ProcessTree, ProcessTrees } from './command/process-tree.ts';
import { failure, foreseen, type SpawnFailure, spawnFailure } from './command/spawn-failure.ts';
import type { Attempt, Deliverer } from './deliverer.ts';

export interface CommandDelivererOptions {
  readonly clock: Clock;
  readonly rules: CommandRules;
  /** Where the processes of this store's commands stand. */
  readonly trees: () => ProcessTrees;
  /** Names the store in marks. */
  readonly store: string;
  /** Standard output kept of one attempt. @default limits.responseBodyBytes */
  readonly responseBodyBytes?: number;
  /** Hears of processes that could not be ended. */
  readonly onSurvivors: (jobId: string) => void;
}

export function createCommandDeliverer(options: CommandDelivererOptions): Deliverer {
  const live = new Map<AbortController, Promise<Outcome>>();
  return {
    async deliver(attempt, signal) {
      const ending = new AbortController();
      const end = (): void => ending.abort();
      signal.addEventListener('abort', end);
      if (signal.aborted) end();
      const outcome = begin(attempt as Attempt<CommandTarget>, ending.signal, options);
      live.set(ending, outcome);
      try {
        return await outcome;
      } finally {
        live.delete(ending);
        signal.removeEventListener('abort', end);
      }
    },
    async close() {
      for (const ending of live.keys()) ending.abort();
      await Promise.allSettled(live.values());
    },
  };
}

async function begin(
  attempt: Attempt<CommandTarget>,
  signal: AbortSignal,
  options: CommandDelivererOptions,
): Promise<Outcome> {
  const { clock, store, onSurvivors } = options;
  const { jobId, number, target } = attempt;
  const rule = presentRule(target, options.rules);
  if (rule !== undefined && 'error' in rule) return refused(rule);
  const mark = `${store}:${jobId}:${number}`;
  const launch = launchOf(attempt, rule, mark);
  const problem = foreseen(launch, { isNamed: rule !== undefined });
  if (problem !== undefined) return refused(problem);
  if (signal.aborted) return refused(failure('aborted', 'The command was not started'));
  const { run } = await import('./command/run.ts');
  const outputBytes = rule?.outputBytes ?? options.responseBodyBytes ?? limits.responseBodyBytes;
  let tree: ProcessTree | undefined;
  try {
    const trees = options.trees();
    const prefix = privileges(rule, trees);
    tree = trees.open(mark, rule?.memoryBytes);
    const survived = (): void => onSurvivors(jobId);
    const how = { launch, prefix, tree, outputBytes, onSurvivors: survived };
    return await run({ attempt, signal, clock, ...how });
  } catch (error) {
    tree?.remove();
    return refused(spawnFailure((error as NodeJS.ErrnoException).code ?? String(error)));
  }
}

/** The rule of a name, nothing for a command without one, or why it may not run any more. */
function presentRule(
  target: CommandTarget,
  rules: CommandRules,
): CommandRule | SpawnFailure | undefined {
  try {
    if (target.name === undefined) {
      refuseUnnamed(rules);
      checkCall(target, freeRule);
      return undefined;
    }
    const rule = ruleOf(rules, target.name);
    checkCall(target, rule);
    return rule;
  } catch (error) {
    if (!(error instanceof SendoffError)) throw error;
    return failure('command_not_allowed', `It may not run any more: ${error.message}`);
  }
}

function refused({ error, detail, isFinal }: SpawnFailure): Outcome {
  return { kind: 'error', error, detail, isSent: false, isFinal };
}
