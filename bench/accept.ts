// How fast jobs are taken, delivery held back by a delay, beside a bare node:http server that takes
// the same POST and keeps nothing.

import type { BareVerbs } from './child/bare.ts';
import type { RequestShape } from './child/numbered.ts';
import { cpuPerThousand, cpuSeconds } from './process-figures.ts';
import { medianRate, printRate, type Rate } from './rate.ts';
import { startChild } from './remote.ts';
import { CONNECTIONS, heldBackJob, heldBackPassThrough, plainRequest } from './requests.ts';
import { REPEATS, type Run, withServer } from './run.ts';

/** Long enough for the path of a job to be compiled; the yardstick needs less. */
const WARM_UP_MS = 4_000;
const MEASURED_MS = 3_000;

export async function accept(run: Run): Promise<void> {
  const bare: Rate[] = [];
  const passed: Rate[] = [];
  const posted: Rate[] = [];
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
  const beside = medianRate(bare);
  printRate('accept: bare node:http, 202, keeps nothing', bare);
  printRate('accept: sendoff, /v1/to', passed, beside);
  printRate('accept: sendoff, /v1/jobs', posted, beside);
}

async function acceptBare(run: Run): Promise<Rate> {
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
): Promise<Rate> {
  const { pid, port, request } = given;
  const flood = { port, request, status: 202, connections: CONNECTIONS };
  await load.call('flood', { ...flood, ms: WARM_UP_MS });
  const before = cpuSeconds(pid);
  const { answers, ms } = await load.call('flood', { ...flood, ms: MEASURED_MS });
  return { perSecond: (answers / ms) * 1_000, cpu: cpuPerThousand(pid, before, answers) };
}
