// A child process of the bench, seen from the parent: its verbs, called by name.

import { type ChildProcess, fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { Call, Reply, VerbsOf } from './child/verbs.ts';
import { endOf, ownProcess } from './owned.ts';

export interface Remote<V extends VerbsOf<V>> {
  readonly pid: number;
  call<Name extends keyof V & string>(
    name: Name,
    ...argument: Parameters<V[Name]>
  ): Promise<Awaited<ReturnType<V[Name]>>>;
  end(): Promise<void>;
}

/** Starts `child/<name>.ts`. */
export function startChild<V extends VerbsOf<V>>(name: string): Remote<V> {
  const file = fileURLToPath(new URL(`./child/${name}.ts`, import.meta.url));
  const child = fork(file, { serialization: 'advanced' });
  ownProcess(child);
  const asked = new Map<number, PromiseWithResolvers<unknown>>();
  child.on('message', ({ call, result, error }: Reply) => {
    const answer = asked.get(call);
    asked.delete(call);
    if (error === undefined) answer?.resolve(result);
    else answer?.reject(new Error(`${name}: ${error}`));
  });
  child.once('exit', (code, signal) => {
    const error = new Error(`Expected ${name} to live, got exit ${signal ?? code}`);
    for (const answer of asked.values()) answer.reject(error);
    asked.clear();
  });
  let calls = 0;
  return {
    pid: child.pid as number,
    call: (verb, ...[argument]) => {
      const answer = Promise.withResolvers<unknown>();
      asked.set(++calls, answer);
      child.send({ call: calls, name: verb, argument } satisfies Call);
      return answer.promise as ReturnType<Remote<V>['call']> as never;
    },
    end: () => end(child),
  };
}

async function end(child: ChildProcess): Promise<void> {
  if (child.connected) child.disconnect();
  await endOf(child, 2_000);
}
