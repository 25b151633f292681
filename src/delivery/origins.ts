// The origins that are being called, each with its pool of connections. undici's own Agent does
// nearly this, but forgets to forget: an origin that nobody could ever connect to may stay in it
// for good. Here an origin with nothing under way between two sweeps goes; its idle sockets are
// closed by then.

import { createRequire } from 'node:module';
import type { Pool } from 'undici';
import type { Clock, Stop } from '../clock.ts';
import { limits } from '../limits.ts';
import type { Connect } from './connector.ts';
import { OriginPool } from './origin-pool.ts';

// From its own file: loading the whole package would put a dispatcher of its own under the `fetch`
// of the program that we are a guest in, and would cost 100 ms of start-up.
const UndiciPool = createRequire(import.meta.url)('undici/lib/dispatcher/pool.js') as typeof Pool;

/** An idle socket may live this long; most servers close theirs after 5 s. */
const IDLE_SOCKET_MS = 4_000;
const SWEEP_MS = 5_000;

export interface Origin {
  readonly pool: OriginPool;
  /**
   * A connection may take this long: the longest that was asked for since the origin was quiet; 0
   * if nobody asked. A connection is nobody's until it stands, so who wants less keeps a clock of
   * its own.
   */
  connectMs: number;
  /** Attempts under way. */
  attempts: number;
  /** Nothing was under way at the last sweep, or since. */
  isQuiet: boolean;
}

export interface Origins {
  /** The origin, counted as in use until `leave`. */
  enter(origin: string, connectMs?: number): Origin;
  leave(entry: Origin): void;
  readonly size: number;
  close(): Promise<void>;
}

export interface OriginsOptions {
  readonly clock: Clock;
  readonly connect: Connect;
  readonly attemptsPerOrigin: number;
}

export function createOrigins(options: OriginsOptions): Origins {
  const entries = new Map<string, Origin>();
  let stopSweep: Stop | undefined;

  function sweep(): void {
    for (const [origin, entry] of entries) {
      if (entry.isQuiet) {
        entries.delete(origin);
        void entry.pool.destroy();
      }
      entry.isQuiet = entry.attempts === 0;
    }
    stopSweep = entries.size > 0 ? options.clock.after(SWEEP_MS, sweep) : undefined;
  }

  function open(origin: string): Origin {
    const connect: Connect = (destination, done) => {
      const { connectMs } = entry;
      options.connect(connectMs > 0 ? { ...destination, connectMs } : destination, done);
    };
    const pool = openPool(origin, { ...options, connect });
    const entry: Origin = { pool, connectMs: 0, attempts: 0, isQuiet: false };
    entries.set(origin, entry);
    stopSweep ??= options.clock.after(SWEEP_MS, sweep);
    return entry;
  }

  return {
    enter(origin, connectMs = 0) {
      const entry = entries.get(origin) ?? open(origin);
      entry.connectMs = Math.max(entry.connectMs, connectMs);
      entry.attempts++;
      entry.isQuiet = false;
      return entry;
    },
    leave(entry) {
      entry.attempts--;
    },
    get size() {
      return entries.size;
    },
    async close() {
      stopSweep?.();
      const pools = [...entries.values()];
      entries.clear();
      await Promise.all(pools.map(({ pool }) => pool.destroy()));
    },
  };
}

/** Connections kept, one request at a time on each, no HTTP/2, no timeouts but ours. */
function openPool(origin: string, options: OriginsOptions): OriginPool {
  const connections = options.attemptsPerOrigin;
  const pool = new UndiciPool(origin, {
    connect: options.connect,
    connections,
    pipelining: 1,
    allowH2: false,
    headersTimeout: 0,
    bodyTimeout: 0,
    keepAliveTimeout: IDLE_SOCKET_MS,
    keepAliveMaxTimeout: IDLE_SOCKET_MS,
    maxHeaderSize: limits.responseHeaderBytes,
  });
  return new OriginPool(pool, connections);
}
