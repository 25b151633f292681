// A process that takes part in a run beside the server. It gets its order as its one argument, may
// be told to end, and must end well.

import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

export interface Companion {
  /** The first thing it says. */
  readonly said: Promise<unknown>;
  readonly tell: (word: string) => void;
  /** Rejects when it failed. */
  readonly ended: Promise<void>;
}

const living = new Set<ChildProcess>();
process.once('exit', () => {
  for (const child of living) child.kill('SIGKILL');
});

export function startCompanion(name: 'client' | 'target', order: unknown): Companion {
  const file = fileURLToPath(new URL(`./${name}.ts`, import.meta.url));
  const child = fork(file, [JSON.stringify(order)]);
  living.add(child);
  const ended = once(child, 'exit').then(([code, signal]) => {
    living.delete(child);
    if (code !== 0) throw new Error(`The ${name} process ended with ${code ?? signal}`);
  });
  // Whoever waits for it later hears of it; until then it is no unhandled rejection.
  ended.catch(() => {});
  const said = Promise.race([once(child, 'message').then(([word]) => word), ended]);
  return { said, ended, tell: (word) => void (child.connected && child.send(word)) };
}
