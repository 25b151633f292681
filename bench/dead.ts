// What a dead target costs the healthy ones: a million jobs wait for it, and twenty others get
// their jobs at a steady rate, open loop. First without the dead one; then it refuses connections;
// then it accepts them and never answers.

import { once } from 'node:events';
import { Agent, createServer as createHttpServer, request as httpRequest } from 'node:http';
import { type AddressInfo, createServer, type Server } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { newJob, specText } from '../src/store/contract/sample.ts';
import { openSqliteStore } from '../src/store/sqlite/sqlite-store.ts';
import { monotonicMs } from './monotonic.ts';
import { memoryOf } from './process-figures.ts';
import { newStore, type Run } from './run.ts';
import { type ServerProcess, startServer } from './server-process.ts';
import { quantile } from './statistics.ts';
import { count, milliseconds, printRow } from './table.ts';

const HEALTHY = 20;
const PER_SECOND = 200;
const MEASURED_MS = 20_000;
/** The first seconds of a process are not measured. */
const WARM_UP_MS = 5_000;
const LOOK_MS = 200;
const SLOTS = 1_000;
const JOBS_PER_APPEND = 1_000;
const DAY_MS = 86_400_000;

/** Numbered requests that are under way, and what hears of their arrival. */
const awaited = new Map<number, (at: number) => void>();
const agent = new Agent({ keepAlive: true, maxSockets: 64 });
let number = 0;

export async function dead(run: Run): Promise<void> {
  const targets = await Promise.all(Array.from({ length: HEALTHY }, startTarget));
  const ports = targets.map(portOf);
  const hanging = createServer(() => {});
  const deadPort = await freePort();
  const base = await withoutIt(run, ports);
  const store = newStore(run);
  await fill(store, { jobs: run.options.pending, port: deadPort });
  await beside('it refuses', { store, ports, deadPort, base });
  hanging.listen(deadPort, '127.0.0.1');
  await once(hanging, 'listening');
  await beside('it hangs', { store, ports, deadPort, base });
  for (const server of [...targets, hanging]) server.close();
  agent.destroy();
}

async function withoutIt(run: Run, ports: readonly number[]): Promise<number> {
  const server = await startServer({ store: newStore(run), cpuProfile: run.options.cpuProfile });
  await load(server, ports, WARM_UP_MS);
  const times = await load(server, ports, MEASURED_MS);
  print('no dead target', times);
  await server.stop();
  return quantile(times, 0.99);
}

interface Given {
  readonly store: string;
  readonly ports: readonly number[];
  readonly deadPort: number;
  /** The 99th percentile without the dead target. */
  readonly base: number;
}

async function beside(what: string, { store, ports, deadPort, base }: Given): Promise<void> {
  const server = await startServer({ store, cpuProfile: undefined });
  const { at } = await send(server, ports);
  printRow({
    what: `${what}: start to first delivery`,
    figure: milliseconds(at - server.startedAt),
  });
  let isOver = false;
  const slots = watchSlots(server, deadPort, () => isOver);
  print(`${what}: first seconds`, await load(server, ports, WARM_UP_MS), base);
  print(what, await load(server, ports, MEASURED_MS), base);
  isOver = true;
  const most = await slots;
  const share = `${((most / SLOTS) * 100).toFixed(1)} %`;
  printRow({ what: `${what}: slots that it held`, figure: count(most), ratio: share });
  const { mebibytes, peakMebibytes } = memoryOf(server.pid);
  const peak = `peak ${count(peakMebibytes)} MiB`;
  printRow({ what: `${what}: memory`, figure: `${count(mebibytes)} MiB`, spread: peak });
  await server.kill();
}

/** Milliseconds from each hand-over to the first byte at its target. */
async function load(
  server: ServerProcess,
  ports: readonly number[],
  forMs: number,
): Promise<number[]> {
  const beganAt = monotonicMs();
  const sent: Promise<{ readonly tookMs: number }>[] = [];
  while (monotonicMs() - beganAt < forMs) {
    const due = ((monotonicMs() - beganAt) / 1_000) * PER_SECOND;
    while (sent.length < due) sent.push(send(server, ports));
    await sleep(1);
  }
  return (await Promise.all(sent)).map(({ tookMs }) => tookMs);
}

async function send(
  { port }: ServerProcess,
  ports: readonly number[],
): Promise<{ readonly at: number; readonly tookMs: number }> {
  const own = number++;
  const url = `http://127.0.0.1:${ports[own % ports.length]}/${own}`;
  const { promise: arrived, resolve } = Promise.withResolvers<number>();
  awaited.set(own, resolve);
  const sentAt = monotonicMs();
  const path = `/v1/to?url=${encodeURIComponent(url)}`;
  const outgoing = httpRequest({ host: '127.0.0.1', port, path, method: 'POST', agent });
  outgoing.end('x'.repeat(200));
  const [answer] = await once(outgoing, 'response');
  answer.resume();
  if (answer.statusCode !== 202) throw new Error(`Expected 202, got ${answer.statusCode}`);
  const at = await arrived;
  return { at, tookMs: at - sentAt };
}

/** The most that attempts at the dead target held, as the server says. */
async function watchSlots(
  { port }: ServerProcess,
  deadPort: number,
  isOver: () => boolean,
): Promise<number> {
  let most = 0;
  while (!isOver()) {
    const answer = await fetch(`http://127.0.0.1:${port}/v1/origins`);
    const { origins } = (await answer.json()) as {
      readonly origins: readonly { readonly origin: string; readonly running: number }[];
    };
    const running = origins.find(({ origin }) => origin.endsWith(`:${deadPort}`))?.running ?? 0;
    most = Math.max(most, running);
    await sleep(LOOK_MS);
  }
  return most;
}

async function fill(
  path: string,
  { jobs, port }: { readonly jobs: number; readonly port: number },
): Promise<void> {
  const store = await openSqliteStore(path);
  const now = Date.now();
  await store.rescue({ now, keepFailedMs: DAY_MS });
  const origin = `http://127.0.0.1:${port}`;
  const spec = specText({ url: `${origin}/x` });
  const times = { createdAt: now, runAt: now, expiresAt: now + 7 * DAY_MS };
  let seq = 1;
  const job = () => newJob({ seq: seq++, queue: origin, isParked: true, spec, ...times });
  while (seq <= jobs) await store.append(Array.from({ length: JOBS_PER_APPEND }, job));
  store.beat(seq);
  await store.close();
}

async function startTarget(): Promise<Server> {
  const server = createHttpServer((request, response) => {
    awaited.get(Number(request.url?.slice(1)))?.(monotonicMs());
    request.resume().on('end', () => response.end());
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return server;
}

async function freePort(): Promise<number> {
  const server = createServer();
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const port = portOf(server);
  server.close();
  return port;
}

function portOf(server: Server): number {
  return (server.address() as AddressInfo).port;
}

function print(what: string, times: readonly number[], base?: number): void {
  const p99 = quantile(times, 0.99);
  printRow({
    what: `${what}: hand-over to arrival`,
    figure: `p50 ${milliseconds(quantile(times, 0.5))}`,
    spread: `p99 ${milliseconds(p99)}`,
    ...(base !== undefined && { ratio: (p99 / base).toFixed(2) }),
  });
}
