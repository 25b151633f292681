// A real server in a process of its own, started as people start it. None outlives the test that
// started it.

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { call } from './call.ts';
import { until } from './until.ts';

/** As `npm start` and the launcher's own first line have it. */
const flags = ['--max-semi-space-size=8', '--max-old-space-size=2000', '--expose-gc'];
const launcher = fileURLToPath(new URL('../../bin/sendoff.js', import.meta.url));

export interface ServerOptions {
  readonly store: string;
  readonly port: number;
  /** Further arguments of `sendoff serve`. */
  readonly args?: readonly string[];
}

/** How a process ended: one of the two is null. */
export interface Exit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

export interface ServerProcess {
  readonly url: string;
  readonly pid: number;
  readonly exited: Promise<Exit>;
  /** What it has printed so far. */
  readonly stdout: () => string;
  readonly stderr: () => string;
  readonly hasExited: () => boolean;
  readonly signal: (name: NodeJS.Signals) => void;
  /** Sends a signal and waits for the end. @default SIGKILL */
  readonly end: (name?: NodeJS.Signals) => Promise<Exit>;
}

const living = new Set<ChildProcess>();
process.once('exit', () => {
  for (const child of living) child.kill('SIGKILL');
});

/** For `after`: whatever a test that failed has left running. */
export async function endServers(): Promise<void> {
  for (const child of living) child.kill('SIGKILL');
  await until('the servers have ended', () => living.size === 0);
}

/** Starts a server and does not wait for it. */
export function spawnServer({ store, port, args = [] }: ServerOptions): ServerProcess {
  const listen = `127.0.0.1:${port}`;
  const child = spawn(
    process.execPath,
    [...flags, launcher, 'serve', '--listen', listen, '--store', store, ...args],
    { stdio: ['ignore', 'pipe', 'pipe'], env: plainEnvironment() },
  );
  living.add(child);
  const stdout = collect(child.stdout);
  const stderr = collect(child.stderr);
  // `close` comes after the last byte that it printed.
  const exited = once(child, 'close').then(([code, signal]): Exit => {
    living.delete(child);
    return { code, signal };
  });
  const signal = (name: NodeJS.Signals): void => void child.kill(name);
  return {
    url: `http://${listen}`,
    pid: child.pid!,
    exited,
    stdout,
    stderr,
    hasExited: () => child.exitCode !== null || child.signalCode !== null,
    signal,
    end: (name = 'SIGKILL') => {
      signal(name);
      return exited;
    },
  };
}

/** Starts a server and waits until it accepts jobs. */
export async function startServer(options: ServerOptions): Promise<ServerProcess> {
  const server = spawnServer(options);
  await healthy(server);
  return server;
}

/** Rejects when the server ends before it accepts jobs. */
export async function healthy(server: ServerProcess): Promise<void> {
  await until('the server accepts jobs', async () => {
    if (server.hasExited()) {
      const { code, signal } = await server.exited;
      throw new Error(`The server ended with ${code ?? signal}:\n${server.stderr()}`);
    }
    const answer = await call(`${server.url}/healthz`).catch(() => undefined);
    return answer?.status === 200;
  });
}

/** The settings of whoever runs the tests are not the server's. */
function plainEnvironment(): NodeJS.ProcessEnv {
  const entries = Object.entries(process.env).filter(([name]) => !/^(SENDOFF|NODE)_/.test(name));
  return Object.fromEntries(entries);
}

/** Enough to see why it failed, never all that it logs under load. */
const MOST_OUTPUT = 65_536;

function collect(stream: NodeJS.ReadableStream): () => string {
  let text = '';
  stream.setEncoding('utf8');
  stream.on('data', (chunk: string) => {
    text = (text + chunk).slice(-MOST_OUTPUT);
  });
  return () => text;
}
