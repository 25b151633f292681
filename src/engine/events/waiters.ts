// Who waits for which job to settle. Waiting is driven by the settle itself, never by asking the
// store.

export class Waiters {
  readonly #byId = new Map<string, Set<() => void>>();
  #isOver = false;

  /** The node has stopped: nothing will settle any more. */
  get isOver(): boolean {
    return this.#isOver;
  }

  /** Calls `action` once when the job settles; the returned function takes that back. */
  add(id: string, action: () => void): () => void {
    let actions = this.#byId.get(id);
    if (!actions) {
      actions = new Set();
      this.#byId.set(id, actions);
    }
    actions.add(action);
    return () => this.#remove(id, action);
  }

  notify(id: string): void {
    const actions = this.#byId.get(id);
    if (!actions) return;
    this.#byId.delete(id);
    for (const action of actions) action();
  }

  /** The node stops: nobody waits any longer. */
  notifyAll(): void {
    this.#isOver = true;
    for (const id of [...this.#byId.keys()]) this.notify(id);
  }

  #remove(id: string, action: () => void): void {
    const actions = this.#byId.get(id);
    actions?.delete(action);
    if (actions?.size === 0) this.#byId.delete(id);
  }
}
