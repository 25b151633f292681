// What every part of the bench is given, and the little that all of them do.

import { mkdtempSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { LoadVerbs } from './child/load.ts';
import type { TargetVerbs } from './child/target.ts';
import { type Remote, startChild } from './remote.ts';
import { type ServerOptions, type ServerProcess, startServer } from './server-process.ts';

export const REPEATS = 3;

export interface BenchOptions {
  /** Jobs that wait in the store while the figures of a full store are taken. */
  readonly pending: number;
  /** Jobs of one full-cycle run. */
  readonly jobs: number;
  /** How long the overload lasts. */
  readonly seconds: number;
  readonly cpuProfile?: string | undefined;
}

export interface Run {
  readonly options: BenchOptions;
  readonly folder: string;
  readonly load: Remote<LoadVerbs>;
  readonly target: Remote<TargetVerbs>;
  readonly targetPort: number;
}

export async function withRun<Result>(
  given: { readonly options: BenchOptions; readonly folder: string },
  work: (run: Run) => Promise<Result>,
): Promise<Result> {
  const load = startChild<LoadVerbs>('load');
  const target = startChild<TargetVerbs>('target');
  try {
    return await work({ ...given, load, target, targetPort: await target.call('listen') });
  } finally {
    await load.end();
    await target.end();
  }
}

/** A path where no store is yet, in a folder of its own. */
export function newStore({ folder }: Run): string {
  return join(mkdtempSync(join(folder, 'store-')), 'sendoff.db');
}

/** A server over a new store, for as long as `work` takes. */
export async function withServer<Result>(
  run: Run,
  work: (server: ServerProcess) => Promise<Result>,
  further: Pick<ServerOptions, 'slow'> = {},
): Promise<Result> {
  const { cpuProfile } = run.options;
  const store = newStore(run);
  const server = await startServer({ store, cpuProfile, ...further });
  try {
    return await work(server);
  } finally {
    await server.stop();
    rmSync(dirname(store), { recursive: true, force: true });
  }
}
