// The engine of an owner: what the operator's file and the program say of it joined, and traces
// followed if somebody does.

import type { Clock } from './clock.ts';
import type { Config } from './config/check-config.ts';
import { createEngine } from './engine/create-engine.ts';
import type { Engine } from './engine/engine.ts';
import type { EngineOptions, Log } from './engine/node.ts';
import type { ConfiguredValues } from './engine/settings/settings.ts';
import type { LimitValues, QueueValues } from './job/budget-values.ts';
import { limits } from './limits.ts';
import { fitOpenFiles } from './open-files.ts';
import { openTracing } from './open-telemetry.ts';
import type { Runner } from './own-commands.ts';
import type { Reach } from './reach.ts';
import type { Store } from './store/store.ts';

export interface ConfiguredOptions extends EngineOptions {
  /** What is fixed of queues, by name: no job can say otherwise. */
  readonly queues?: Readonly<Record<string, QueueValues>>;
  /** The same of limits. */
  readonly limits?: Readonly<Record<string, LimitValues>>;
  /** Asked at every use, so that a changed configuration counts from then on. @default empty */
  readonly config?: () => Config;
}

interface Parts {
  readonly store: Store;
  readonly reach: Reach;
  readonly runner: Runner;
  readonly clock: Clock;
  readonly log: Log;
}

export async function ownEngine(
  options: ConfiguredOptions,
  { store, reach, runner, clock, log }: Parts,
): Promise<Engine> {
  return createEngine({
    store,
    deliverers: { http: reach.deliverer, command: runner.deliverer },
    clock,
    tracing: await openTracing(log),
    options: {
      ...options.config?.().keep,
      ...options,
      configured: () => configured(options),
      attemptsAtOnce: options.attemptsAtOnce ?? fitOpenFiles(limits.attemptsAtOnce),
      commandConcurrency: runner.concurrencyOf,
    },
  });
}

/** What the file says goes before what the program says. */
function configured({ config, queues, limits }: ConfiguredOptions): ConfiguredValues {
  const file = config?.() ?? {};
  return { queues: { ...queues, ...file.queues }, limits: { ...limits, ...file.limits } };
}
