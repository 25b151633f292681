// Opens sendoff in one of its homes. `open` and `serve` are the only ways in.

import { Library } from './library.ts';
import { type Owner, type OwnOptions, own } from './own.ts';
import type { Sendoff } from './sendoff.ts';
import { type Server, serveApi } from './server.ts';
import { version } from './version.ts';

export interface OpenOptions extends OwnOptions {
  /** For a server: its token. For a store: what callers of its socket may be asked for. */
  readonly token?: string;
}

/**
 * Opens sendoff: in this process over a store file (`'sendoff.db'`), or as a client of a server
 * (`'http://127.0.0.1:7180'`, `'unix:./sendoff.db.sock'`). The calls are the same.
 *
 * In-process, jobs are delivered while this process lives, also those that an earlier one left
 * behind; call `close()` (or use `await using`) to let attempts end and give the file away.
 *
 * @throws SendoffError `store_locked` when another process owns the file, `not_a_sendoff_store`,
 *   `store_too_new`, `store_readonly`, `invalid_url`
 */
export async function open(where: string, options: OpenOptions = {}): Promise<Sendoff> {
  const { token, clock } = options;
  if (/^(https?|unix):/.test(where)) {
    // Loaded when asked for: an owner of a store starts sooner without it.
    const { openClient } = await import('./client.ts');
    return openClient(where, { ...(token !== undefined && { token }), ...(clock && { clock }) });
  }
  const owner = await own(where, options);
  const { engine, checkTarget, requestBodyBytes } = owner;
  return new Library({
    engine,
    clock: owner.clock,
    checkTarget,
    requestBodyBytes,
    close: () => owner.close(),
  });
}

export interface ServeOptions extends OwnOptions {
  /** Path of the store. */
  readonly store: string;
  /** `host:port` each; port 0 takes a free one. */
  readonly listen: readonly string[];
}

/** A server that is up. */
export interface RunningServer {
  /** `http://host:port` of each listener. */
  readonly urls: readonly string[];
  readonly socketPath: string;
  /** Absolute path of the store. */
  readonly store: string;
  /**
   * Takes no new jobs, lets attempts end for up to `drainMs` (default 30 s), and gives the store
   * away.
   */
  close(options?: { readonly drainMs?: number }): Promise<void>;
}

/**
 * Runs a server over a store file.
 *
 * @throws SendoffError as `open`, and `listen_failed`
 */
export async function serve(options: ServeOptions): Promise<RunningServer> {
  const isPublic = options.listen.some((address) => !isLoopback(address));
  const owner = await own(options.store, { egressPrivate: !isPublic, ...options });
  try {
    const server = await serveApi(owner, {
      listen: options.listen,
      hostNames: options.hostNames ?? [],
      ...(options.token !== undefined && { token: options.token }),
      version,
    });
    return running(owner, server);
  } catch (error) {
    await owner.close({ drainMs: 0 });
    throw error;
  }
}

function isLoopback(address: string): boolean {
  return /^(127\.\d+\.\d+\.\d+|localhost|\[::1\]):\d+$/.test(address);
}

function running(owner: Owner, server: Server): RunningServer {
  return {
    urls: server.urls,
    socketPath: owner.socketPath,
    store: owner.path,
    async close(how) {
      await owner.close(how);
      await server.close();
    },
  };
}
