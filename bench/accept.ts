// How fast jobs are taken, delivery held back by a delay, beside a bare node:http server that takes the
// same POST and keeps nothing.

import type { BareVerbs } from './child/bare.ts';
import type { RequestShape } from './child/numbered.ts';
import { cpuSeconds } from './process-figures.ts';
import { startChild } from './remote.ts';
import { CONNECTIONS, heldBackJob, heldBackPassThrough, plainRequest } from './requests.ts';
import { REPEATS, type Run, withServer } from './run.ts';
import { summary } from './statistics.ts';
import { printRate } from './table.ts';

const WARM_UP_MS = 1_500;
const MEASURED_MS = 3_000;

export interface Accepting {
  readonly rate: number;
  /** CPU seconds of the server per 1,000 accepted. */
  readonly cpu: number;
}

export async function accept(run: Run): Promise<void> {
  const bare: Accepting[] = [];
  const passed: Accepting[] = [];
  const posted: Accepting[] = [];
  // In turns, so that what else the machine does in a while meets all of them.
  for (let round = 0; round < REPEATS; round++) {
    bare.push(await acceptBare(run));
    for (const [request, rates] of [
      [heldBackPassThrough(run.targetPort), passed],
      [heldBackJob(run.targetPort), posted],
    ] as const) {
      rates.push(await withServer(run, (server) => acceptance(run, { ...server, request })));
    }
  }
  const beside = summary(bare.map(({ rate }) => rate)).median;
  printAccepting('accept: bare node:http, 202, keeps nothing', bare);
  printAccepting('accept: sendoff, /v1/to', passed, beside);
  printAccepting('accept: sendoff, /v1/jobs', posted, beside);
}

async function acceptBare(run: Run): Promise<Accepting> {
  const bare = startChild<BareVerbs>('bare');
  try {
    const port = await bare.call('listen');
    return await acceptance(run, { pid: bare.pid, port, request: plainRequest });
  } finally {
    await bare.end();
  }
}

/** One run against whoever listens at `port` and answers 202. */
export async function acceptance(
  { load }: Run,
  given: { readonly pid: number; readonly port: number; readonly request: RequestShape },
): Promise<Accepting> {
  const { pid, port, request } = given;
  const flood = { port, request, status: 202, connections: CONNECTIONS };
  await load.call('flood', { ...flood, ms: WARM_UP_MS });
  const before = cpuSeconds(pid);
  const { answers, ms } = await load.call('flood', { ...flood, ms: MEASURED_MS });
  return { rate: (answers / ms) * 1_000, cpu: ((cpuSeconds(pid) - before) / answers) * 1_000 };
}

export function printAccepting(what: string, runs: readonly Accepting[], beside?: number): void {
  printRate({
    what,
    rates: summary(runs.map(({ rate }) => rate)),
    cpuPerThousand: summary(runs.map(({ cpu }) => cpu)).median,
    ...(beside !== undefined && { beside }),
  });
}
