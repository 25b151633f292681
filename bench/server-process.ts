// A sendoff server as its users start it, in a process of its own.

import { spawn } from 'node:child_process';
import { createServer } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import type { Stats } from '../src/engine/engine.ts';
import { monotonicMs } from './monotonic.ts';
import { endOf, ownProcess } from './owned.ts';

/** As `npm start` and the launcher's own first line have it. */
const FLAGS = ['--max-semi-space-size=8', '--max-old-space-size=2000', '--expose-gc'];
const LAUNCHER = fileURLToPath(new URL('../bin/sendoff.js', import.meta.url));
const SLOW_SERVER = fileURLToPath(new URL('./child/slow-server.ts', import.meta.url));
const START_MS = 60_000;
const STOP_MS = 60_000;

export interface ServerProcess {
  readonly pid: number;
  readonly port: number;
  readonly startedAt: number;
  /** When `/healthz` said 200. */
  readonly healthyAt: number;
  stats(): Promise<Stats>;
  /** Lets it drain. */
  stop(): Promise<void>;
  /** As a crash would. */
  kill(): Promise<void>;
}

export interface ServerOptions {
  readonly store: string;
  /** Folder for V8 CPU profiles of every thread, written when the server ends. */
  readonly cpuProfile?: string | undefined;
  /** Every commit takes this much longer, and so many jobs may wait for one. */
  readonly slow?: { readonly commitMs: number; readonly commitQueue: number };
}

export async function startServer(options: ServerOptions): Promise<ServerProcess> {
  const { store, cpuProfile, slow } = options;
  const port = await freePort();
  const profiling = cpuProfile ? ['--cpu-prof', `--cpu-prof-dir=${cpuProfile}`] : [];
  const place = ['--listen', `127.0.0.1:${port}`, '--store', store];
  const bounds = ['--slow-commit', `${slow?.commitMs}`, '--commit-queue', `${slow?.commitQueue}`];
  const program = slow ? [SLOW_SERVER, ...place, ...bounds] : [LAUNCHER, 'serve', ...place];
  const startedAt = monotonicMs();
  const flags = [...profiling, ...FLAGS];
  const child = spawn(process.execPath, [...flags, ...program], {
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  ownProcess(child);
  let complaint = '';
  child.stderr.on('data', (piece: Buffer) => {
    complaint = (complaint + piece).slice(-2_000);
  });
  const origin = `http://127.0.0.1:${port}`;
  while (!(await isHealthy(origin))) {
    const isGone = child.exitCode !== null || child.signalCode !== null;
    if (isGone || monotonicMs() > startedAt + START_MS) {
      throw new Error(`Expected the server to become healthy, got:\n${complaint}`);
    }
    await sleep(2);
  }
  return {
    pid: child.pid as number,
    port,
    startedAt,
    healthyAt: monotonicMs(),
    stats: async () => (await (await fetch(`${origin}/v1/stats`)).json()) as Stats,
    async stop() {
      child.kill('SIGTERM');
      await endOf(child, STOP_MS);
    },
    kill: () => endOf(child, 0),
  };
}

function freePort(): Promise<number> {
  const server = createServer();
  return new Promise((resolve) => {
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address() as { port: number };
      server.close(() => resolve(port));
    });
  });
}

async function isHealthy(origin: string): Promise<boolean> {
  try {
    const answer = await fetch(`${origin}/healthz`);
    await answer.arrayBuffer();
    return answer.status === 200;
  } catch {
    // Nobody listens yet.
    return false;
  }
}
