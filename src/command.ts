// Commands as callers meet them: what can be said of a run, and what comes out of it. Which
// programs there are is the operator's to say.

import type { DeliveryOptions } from './send-input.ts';

/**
 * A name of the operator's configuration; or a program without one, where the server, or this
 * library, was started with `anyCommand`.
 */
export type Command = string | UnnamedCommand;

export interface UnnamedCommand {
  /** Absolute path. */
  readonly program: string;
  /** Where it runs: an absolute path. @default / */
  readonly folder?: string;
}

/** What a run is given, and how it is delivered; `retries` is 0 unless given. */
export interface RunOptions extends DeliveryOptions {
  /** Single words for the program, never read by a shell: at most 100, 128 KiB in all. */
  readonly args?: readonly string[];
  /** Variables; of a named command those that it lets callers set. */
  readonly env?: Readonly<Record<string, string>>;
  /** Standard input, of any size that the command takes; a stream is never held in memory. */
  readonly input?: string | Uint8Array | ReadableStream<Uint8Array> | AsyncIterable<Uint8Array>;
  /** Stops the hand-over, never the job. */
  readonly signal?: AbortSignal;
}

/** A piece of what a command wrote. */
export interface OutputPiece {
  readonly stream: 'stdout' | 'stderr';
  /** Of which attempt. */
  readonly attempt: number;
  /** Bytes of this stream and attempt before it; a gap says that pieces were left out. */
  readonly offset: number;
  readonly bytes: Uint8Array;
}
