// Ctrl-C for commands that wait: the first one ends the waiting in good order, the second ends the
// process.

/** Runs `use` with a signal that the first SIGINT or SIGTERM aborts. */
export async function interruptible<Value>(
  use: (signal: AbortSignal) => Promise<Value>,
): Promise<Value> {
  const stop = new AbortController();
  const abort = (): void => stop.abort();
  // `once`: with no listener left, the next signal does what it always does.
  process.once('SIGINT', abort);
  process.once('SIGTERM', abort);
  try {
    return await use(stop.signal);
  } finally {
    process.off('SIGINT', abort);
    process.off('SIGTERM', abort);
  }
}
