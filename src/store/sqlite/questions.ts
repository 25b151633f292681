// The main thread's side of the reader: numbered questions, answers in any order.

import { once } from 'node:events';
import type { Worker } from 'node:worker_threads';
import { SendoffError } from '../../errors.ts';
import { errorOf } from './failure.ts';
import type { Answer, Question, ReaderVerbs } from './reader.ts';

interface Asked {
  readonly resolve: (answer: never) => void;
  readonly reject: (error: unknown) => void;
}

export class Questions {
  readonly #worker: Worker;
  readonly #asked = new Map<number, Asked>();
  #number = 0;
  #lost: SendoffError | undefined;

  constructor(worker: Worker) {
    this.#worker = worker;
    worker.on('message', (answer: Answer) => this.#settle(answer));
    worker.on('error', (cause) => this.#lose(cause));
    worker.on('exit', () => this.#lose(undefined));
    worker.unref();
  }

  ask<V extends keyof ReaderVerbs>(
    verb: V,
    ...input: Parameters<ReaderVerbs[V]>
  ): Promise<Awaited<ReturnType<ReaderVerbs[V]>>> {
    if (this.#lost !== undefined) return Promise.reject(this.#lost);
    const number = ++this.#number;
    return new Promise((resolve, reject) => {
      this.#asked.set(number, { resolve, reject });
      this.#worker.ref();
      this.#worker.postMessage({ number, verb, input: input[0] } satisfies Question);
    });
  }

  /** Ends the worker; questions that are open are refused. */
  async close(): Promise<void> {
    if (this.#lost !== undefined) return;
    this.#lost = new SendoffError('closed', 'The store is closed');
    const ended = once(this.#worker, 'exit');
    this.#worker.ref();
    this.#worker.postMessage('close');
    await ended;
  }

  #settle({ number, answer, failure }: Answer): void {
    const asked = this.#asked.get(number);
    this.#asked.delete(number);
    if (this.#asked.size === 0 && this.#lost === undefined) this.#worker.unref();
    if (failure === undefined) asked?.resolve(answer as never);
    else asked?.reject(errorOf(failure));
  }

  #lose(cause: unknown): void {
    this.#lost ??= new SendoffError('store_unavailable', 'The reader of the store has ended', {
      cause,
    });
    for (const { reject } of this.#asked.values()) reject(this.#lost);
    this.#asked.clear();
  }
}
