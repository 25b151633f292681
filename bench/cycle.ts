// The whole path of a job: taken, synced, delivered, settled; beside a plain reverse proxy under
// the same load in front of the same target. Timed from the first byte of the first hand-over to
// the last settle. The load is a closed loop, and waits when too many jobs are taken but not
// delivered, so that what is measured can go on for ever; a second row lets it run ahead.

import type { ProxyVerbs } from './child/proxy.ts';
import { monotonicMs } from './monotonic.ts';
import { cpuPerThousand, cpuSeconds } from './process-figures.ts';
import { medianRate, printRate, type Rate } from './rate.ts';
import { startChild } from './remote.ts';
import { CONNECTIONS, passThroughRequest, plainRequest } from './requests.ts';
import { REPEATS, type Run, withServer } from './run.ts';
import type { ServerProcess } from './server-process.ts';
import { count } from './table.ts';
import { until } from './until.ts';

/** Jobs taken and not yet delivered. */
const BACKLOG = 1_000;
const WARM_UP_JOBS = 20_000;

export async function cycle(run: Run): Promise<void> {
  const proxied: Rate[] = [];
  const bounded: Rate[] = [];
  const unbounded: Rate[] = [];
  for (let round = 0; round < REPEATS; round++) {
    proxied.push(await cycleProxy(run));
    bounded.push(await withServer(run, (server) => cycleServer(run, server, BACKLOG)));
    unbounded.push(await withServer(run, (server) => cycleServer(run, server, Infinity)));
  }
  const beside = medianRate(proxied);
  const jobs = count(run.options.jobs);
  printRate('full cycle: plain reverse proxy, keeps nothing', proxied);
  printRate(`full cycle: sendoff, ${jobs} jobs, backlog ≤ ${count(BACKLOG)}`, bounded, beside);
  printRate(`full cycle: sendoff, ${jobs} jobs, backlog unbounded`, unbounded, beside);
}

async function cycleProxy(run: Run): Promise<Rate> {
  const proxy = startChild<ProxyVerbs>('proxy');
  try {
    const port = await proxy.call('listen', { port: run.targetPort });
    const burst = { ...{ port, request: plainRequest, status: 200 }, connections: CONNECTIONS };
    await run.load.call('burst', { ...burst, ...range(0, WARM_UP_JOBS) });
    await run.target.call('reset');
    const before = cpuSeconds(proxy.pid);
    const { jobs } = run.options;
    const { beganAt, endedAt } = await run.load.call('burst', { ...burst, ...range(0, jobs) });
    await checkArrivals(run, jobs);
    const cpu = cpuPerThousand(proxy.pid, before, jobs);
    return { perSecond: (jobs / (endedAt - beganAt)) * 1_000, cpu };
  } finally {
    await proxy.end();
  }
}

async function cycleServer(run: Run, server: ServerProcess, backlog: number): Promise<Rate> {
  await through(run, { server, backlog, jobs: WARM_UP_JOBS });
  const before = cpuSeconds(server.pid);
  const { jobs } = run.options;
  const ms = await through(run, { server, backlog, jobs });
  await checkArrivals(run, jobs);
  return { perSecond: (jobs / ms) * 1_000, cpu: cpuPerThousand(server.pid, before, jobs) };
}

interface Through {
  readonly server: ServerProcess;
  readonly backlog: number;
  readonly jobs: number;
}

/** Milliseconds from the first hand-over to the last settle. */
async function through(run: Run, { server, backlog, jobs }: Through): Promise<number> {
  await run.target.call('reset');
  const { succeeded } = await server.stats();
  const request = passThroughRequest(run.targetPort);
  const flood = { port: server.port, request, status: 202, connections: CONNECTIONS };
  const accepting = run.load.call('burst', { ...flood, ...range(0, jobs), below: backlog });
  let failure: unknown;
  accepting.catch((error: unknown) => {
    failure = error;
  });
  await until(`${jobs} arrivals`, async () => {
    if (failure) throw failure;
    const { unique } = await run.target.call('arrivals');
    if (Number.isFinite(backlog)) await run.load.call('allow', unique + backlog);
    return unique >= jobs;
  });
  await until(`${jobs} settled`, async () => (await server.stats()).succeeded >= succeeded + jobs);
  const endedAt = monotonicMs();
  return endedAt - (await accepting).beganAt;
}

/** A run that lost or doubled one is void. */
async function checkArrivals({ target }: Run, jobs: number): Promise<void> {
  const arrivals = await target.call('arrivals');
  if (arrivals.count === jobs && arrivals.unique === jobs) return;
  throw new Error(
    `Expected ${jobs} arrivals, got ${arrivals.count}, ${arrivals.unique} of them different`,
  );
}

function range(first: number, jobs: number): Record<'first' | 'count' | 'below', number> {
  return { first, count: jobs, below: Number.POSITIVE_INFINITY };
}
