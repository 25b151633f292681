// A large body on its way into the store, as both floors above see it.

/**
 * Writes one large body in chunks; nothing of it survives unless an append or settle takes its id.
 */
export interface BodyWriter {
  readonly bodyId: number;
  /** Resolves when the next chunk may come (backpressure), not when this one is synced. */
  write(chunk: Uint8Array): Promise<void>;
  /** Resolves when every chunk is committed. */
  end(): Promise<void>;
  /** Gives the space back; nothing is written afterwards. */
  discard(): void;
}
