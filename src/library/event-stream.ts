// Events as an async iterable. It ends quietly when its reader aborts or the library is closed. A
// reader that falls too far behind loses events and is told so by `reset`.

import type { Engine } from '../engine/engine.ts';
import { limits } from '../limits.ts';
import type { JobEvent } from '../sendoff.ts';

export async function* eventStream(
  engine: Engine,
  { since, signal }: { readonly since?: string | undefined; readonly signal: AbortSignal },
): AsyncGenerator<JobEvent> {
  let waiting: JobEvent[] = [];
  let wake: () => void = () => {};
  const unsubscribe = engine.subscribe((event) => {
    waiting.push(event);
    if (waiting.length > limits.eventsWaiting) waiting = [{ ...pick(event), type: 'reset' }];
    wake();
  }, since);
  const onAbort = (): void => wake();
  signal.addEventListener('abort', onAbort);
  try {
    while (!signal.aborted) {
      const ready = waiting;
      waiting = [];
      yield* ready;
      if (waiting.length > 0 || signal.aborted) continue;
      await new Promise<void>((resolve) => {
        wake = resolve;
      });
    }
  } finally {
    unsubscribe();
    signal.removeEventListener('abort', onAbort);
  }
}

function pick({ id, at }: JobEvent): Pick<JobEvent, 'id' | 'at'> {
  return { id, at };
}
