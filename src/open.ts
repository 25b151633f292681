// Opens sendoff in one of its homes. `open` and `serve` are the only ways in.

import { parseListenAddress } from './api/listen-address.ts';
import type { Config } from './config/check-config.ts';
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
  const { engine, tosser, direct, checkTarget, commands, requestBodyBytes } = owner;
  return new Library({
    engine,
    tosser,
    direct,
    clock: owner.clock,
    checkTarget,
    commands,
    requestBodyBytes,
    close: () => owner.close(),
  });
}

export interface ServeOptions extends OwnOptions {
  /** Path of the store. */
  readonly store: string;
  /** `host:port` each; port 0 takes a free one; without a host it is loopback. */
  readonly listen: readonly string[];
  /**
   * Further addresses, for strangers: publishable routes are served there and nothing else. They
   * need no token.
   */
  readonly listenPublic?: readonly string[];
}

/** A server that is up. */
export interface RunningServer {
  /** `http://host:port` of each listener. */
  readonly urls: readonly string[];
  /** The same of the listeners for publishable routes alone. */
  readonly publicUrls: readonly string[];
  readonly socketPath: string;
  /** Absolute path of the store. */
  readonly store: string;
  /**
   * For a configuration that is to take the place of the present one.
   * @throws SendoffError `invalid_config` if this server could not keep it
   */
  readonly checkConfig: (config: Config) => void;
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
  const listen = await Promise.all(options.listen.map(parseListenAddress));
  const listenPublic = await Promise.all((options.listenPublic ?? []).map(parseListenAddress));
  const isPublic = listen.some(({ isLoopback }) => !isLoopback);
  const egressPrivate = options.egressPrivate ?? !isPublic;
  const owner = await own(options.store, { makesSpool: true, ...options, egressPrivate });
  try {
    const server = await serveApi(owner, {
      ...{ listen, listenPublic },
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

function running(owner: Owner, server: Server): RunningServer {
  return {
    urls: server.urls,
    publicUrls: server.publicUrls,
    socketPath: owner.socketPath,
    store: owner.path,
    checkConfig: owner.checkConfig,
    async close(how) {
      try {
        await owner.close(how);
      } finally {
        await server.close();
      }
    },
  };
}
