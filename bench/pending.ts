// What a full store costs: a million jobs that wait for their time, then the same jobs all due at
// once, first with their target alive, then with it dead. The jobs go in as NDJSON through the
// server.

import { statSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { acceptance } from './accept.ts';
import type { TargetVerbs } from './child/target.ts';
import { printSpread, spaced } from './idle.ts';
import { monotonicMs } from './monotonic.ts';
import { memoryOf } from './process-figures.ts';
import { medianRate, printRate, type Rate } from './rate.ts';
import { type Remote, startChild } from './remote.ts';
import { heldBackPassThrough, jobLine } from './requests.ts';
import { newStore, REPEATS, type Run, withServer } from './run.ts';
import { type ServerProcess, startServer } from './server-process.ts';
import { count, milliseconds, printRow } from './table.ts';
import { until } from './until.ts';

/** Filled first, to learn how long the rest will take. */
const SAMPLE_SHARE = 0.05;
/** The rest may take this much longer than the sample says. */
const SLACK = 1.4;
/** Accepting is measured between the fill and the instant at which the jobs become due. */
const ACCEPTING_MS = 25_000;
const CALM_MS = 2_000;
const BURN_MS = 5_000;
const SPACED_JOBS = 100;

export async function pending(run: Run): Promise<void> {
  const calledLater = startChild<TargetVerbs>('target');
  try {
    const store = newStore(run);
    const port = await calledLater.call('listen');
    const dueAt = await waiting(run, { store, port });
    await sleep(Math.max(0, dueAt - Date.now()) + 100);
    await due(run, { store, target: calledLater });
    await calledLater.end();
    await dead(run, store);
  } finally {
    await calledLater.end();
  }
}

/** Fills the store; the instant at which its jobs become due. */
async function waiting(
  run: Run,
  { store, port }: { readonly store: string; readonly port: number },
): Promise<number> {
  const empty = await withServer(run, (server) => acceptRuns(run, server));
  const server = await startServer({ store, cpuProfile: run.options.cpuProfile });
  printMemory('0 waiting: memory of the server', server);
  const dueAt = await fill(run, { server, port });
  await sleep(CALM_MS);
  const wait = `${count(run.options.pending)} waiting`;
  printMemory(`${wait}: memory of the server`, server);
  const bytes = statSync(store).size;
  printRow({ what: `${wait}: the store on disk`, figure: `${count(bytes / 2 ** 20)} MiB` });
  const full = await acceptRuns(run, server);
  printRate('accept: /v1/to, empty store', empty);
  printRate(`accept: /v1/to, ${wait}`, full, medianRate(empty));
  await server.stop();
  if (Date.now() > dueAt) throw new Error('Expected the store to be full before its jobs are due');
  return dueAt;
}

async function acceptRuns(run: Run, server: ServerProcess): Promise<Rate[]> {
  const runs: Rate[] = [];
  const request = heldBackPassThrough(run.targetPort);
  for (let round = 0; round < REPEATS; round++) {
    runs.push(await acceptance(run, { ...server, request }));
  }
  return runs;
}

async function fill(
  { load, options }: Run,
  { server, port }: { readonly server: ServerProcess; readonly port: number },
): Promise<number> {
  const sample = Math.ceil(options.pending * SAMPLE_SHARE);
  const rest = options.pending - sample;
  const held = { port: server.port, line: jobLine(port), count: sample };
  const first = await load.call('lines', held);
  const expectedMs = (first.ms / sample) * rest;
  const dueAt = Date.now() + expectedMs * SLACK + CALM_MS + ACCEPTING_MS;
  const line = jobLine(port, new Date(dueAt).toISOString());
  const { ms } = await load.call('lines', { port: server.port, line, count: rest });
  printRow({
    what: `fill: ${count(options.pending)} lines of NDJSON, one connection`,
    figure: `${count(options.pending / ((first.ms + ms) / 1_000))}/s`,
  });
  return dueAt;
}

/** The server comes back and everything is due, with a target that answers. */
async function due(
  run: Run,
  { store, target }: { readonly store: string; readonly target: Remote<TargetVerbs> },
): Promise<void> {
  const what = `${count(run.options.pending)} due`;
  await target.call('reset');
  const server = await startServer({ store, cpuProfile: run.options.cpuProfile });
  await until('a first delivery', async () => (await target.call('arrivals')).count > 0);
  const { firstAt } = await target.call('arrivals');
  printStart(`${what}: start to /healthz`, server, server.healthyAt);
  printStart(`${what}: start to first delivery`, server, firstAt);
  await sleep(CALM_MS);
  const before = { ...(await target.call('arrivals')), at: monotonicMs() };
  await sleep(BURN_MS);
  const after = { ...(await target.call('arrivals')), at: monotonicMs() };
  const rate = ((after.count - before.count) / (after.at - before.at)) * 1_000;
  printRow({ what: `${what}: delivered from disk`, figure: `${count(rate)}/s` });
  printMemory(`${what}: memory while delivering`, server);
  await server.kill();
}

/** The server was killed, and comes back to find that the target of everything due is gone. */
async function dead(run: Run, store: string): Promise<void> {
  const what = 'the rest due, their target dead';
  const server = await startServer({ store, cpuProfile: run.options.cpuProfile });
  const { port } = server;
  await spaced(run, { port, count: 1, gapMs: 0 });
  const { firstAt } = await run.target.call('arrivals');
  printStart(`${what}: kill -9, start to /healthz`, server, server.healthyAt);
  printStart(`${what}: start to another's delivery`, server, firstAt);
  const { accepted, arrived } = await spaced(run, { port, count: SPACED_JOBS, gapMs: 15 });
  printSpread(`${what}: hand-over to 202`, accepted);
  printSpread(`${what}: to first byte elsewhere`, arrived);
  printMemory(`${what}: memory`, server);
  await server.stop();
}

function printStart(what: string, server: ServerProcess, at: number): void {
  printRow({ what, figure: milliseconds(at - server.startedAt) });
}

function printMemory(what: string, { pid }: ServerProcess): void {
  const { mebibytes, peakMebibytes } = memoryOf(pid);
  const peak = `peak ${count(peakMebibytes)}`;
  printRow({ what, figure: `${count(mebibytes)} MiB`, spread: `${peak} MiB` });
}
