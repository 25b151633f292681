// Kills the server at moments of its choosing and starts it again at once. Every third time it
// strikes again while the server starts or takes up what the last kill left.

import { setTimeout as pause } from 'node:timers/promises';
import {
  healthy,
  type ServerOptions,
  type ServerProcess,
  spawnServer,
} from '../support/server-process.ts';
import { between, type Random, seeded } from './random.ts';

export interface NemesisOptions {
  readonly seed: string;
  readonly kills: number;
  readonly secondsBetween: number;
  readonly server: ServerOptions;
  readonly onKill: (count: number) => void;
}

export interface Kills {
  readonly all: number;
  /** Of them: before the server was up, or within 300 ms after. */
  readonly duringStart: number;
  /** How long starts took that were not struck, milliseconds until jobs were accepted. */
  readonly startsMs: readonly number[];
}

/** Resolves when all kills are done and the server is up again. */
export async function torment(
  first: ServerProcess,
  options: NemesisOptions,
): Promise<{ readonly server: ServerProcess; readonly kills: Kills }> {
  const random = seeded(`${options.seed} nemesis`);
  const startsMs: number[] = [];
  let server = first;
  let all = 0;
  let duringStart = 0;
  const strike = async (): Promise<void> => {
    await kill(server);
    options.onKill(++all);
    server = spawnServer(options.server);
  };
  while (all < options.kills) {
    await pause(options.secondsBetween * 2_000 * random());
    await strike();
    while (all < options.kills && random() < 0.35) {
      await strikingMoment(random, server);
      await strike();
      duringStart++;
    }
    const spawnedAt = performance.now();
    await healthy(server);
    startsMs.push(performance.now() - spawnedAt);
  }
  return { server, kills: { all, duringStart, startsMs } };
}

/** A server that ends before it is killed has failed by itself. */
async function kill(server: ServerProcess): Promise<void> {
  const hadExited = server.hasExited();
  const { code, signal } = await server.end('SIGKILL');
  if (hadExited || signal !== 'SIGKILL') {
    throw new Error(`The server ended by itself with ${code ?? signal}:\n${server.stderr()}`);
  }
}

/** Soon after it was started, or soon after it has begun to accept. */
async function strikingMoment(random: Random, server: ServerProcess): Promise<void> {
  if (random() < 0.5) await healthy(server);
  await pause(between(random, 0, 300));
}
