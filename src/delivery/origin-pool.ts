// The connections to one origin. What finds none free would wait in a queue of undici's, out of
// which nothing can be taken: a request that was given up while nobody could connect would stay in
// memory, body and all, and would break the connection that it got at last. So undici is given no
// more requests than it may have connections, and the rest waits here, where it can be forgotten.

import type { Dispatcher, Pool } from 'undici';

type Controller = Dispatcher.DispatchController;
type Handler = Dispatcher.DispatchHandler;

export class OriginPool {
  readonly #pool: Pool;
  readonly #connections: number;
  /** First come, first served. */
  readonly #waiting = new Map<Handler, Dispatcher.DispatchOptions>();
  #given = 0;

  constructor(pool: Pool, connections: number) {
    this.#pool = pool;
    this.#connections = connections;
  }

  dispatch(request: Dispatcher.DispatchOptions, handler: Handler): void {
    if (this.#given < this.#connections) this.#give(request, handler);
    else this.#waiting.set(handler, request);
  }

  /** Nobody wants it any more. One that undici has got is ended by its controller. */
  forget(handler: Handler): void {
    this.#waiting.delete(handler);
  }

  /** Ends everything with an error. */
  async destroy(): Promise<void> {
    const destroyed = this.#pool.destroy();
    // A destroyed pool refuses what it is given, each in the way in which its handler expects it.
    for (const [handler, request] of this.#waiting) this.#pool.dispatch(request, handler);
    this.#waiting.clear();
    await destroyed;
  }

  #give(request: Dispatcher.DispatchOptions, handler: Handler): void {
    this.#given++;
    this.#pool.dispatch(request, new Given(handler, () => this.#giveNext()));
  }

  #giveNext(): void {
    this.#given--;
    for (const [handler, request] of this.#waiting) {
      this.#waiting.delete(handler);
      this.#give(request, handler);
      return;
    }
  }
}

/** Passes on all that undici says, and tells when undici has let go of the request. */
class Given implements Handler {
  readonly #handler: Handler;
  readonly #onFree: () => void;
  #isFree = false;

  constructor(handler: Handler, onFree: () => void) {
    this.#handler = handler;
    this.#onFree = onFree;
  }

  onRequestStart(controller: Controller, context: unknown): void {
    this.#handler.onRequestStart?.(controller, context);
  }

  onBodySent(chunk: Buffer): void {
    this.#handler.onBodySent?.(chunk);
  }

  onRequestSent(): void {
    this.#handler.onRequestSent?.();
  }

  onResponseStart(...said: Parameters<NonNullable<Handler['onResponseStart']>>): void {
    this.#handler.onResponseStart?.(...said);
  }

  onResponseData(controller: Controller, chunk: Buffer): void {
    this.#handler.onResponseData?.(controller, chunk);
  }

  onResponseEnd(...said: Parameters<NonNullable<Handler['onResponseEnd']>>): void {
    this.#handler.onResponseEnd?.(...said);
    this.#free();
  }

  onResponseError(controller: Controller, error: Error): void {
    this.#handler.onResponseError?.(controller, error);
    this.#free();
  }

  #free(): void {
    if (this.#isFree) return;
    this.#isFree = true;
    this.#onFree();
  }
}
