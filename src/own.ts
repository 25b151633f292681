// Owning a store: one process holds its lock, runs the engine over it, and answers on the socket
// beside it. Several opens of one file in one process share one owner; the last one to close gives
// it away. The lock is the last thing to go: nobody else may have the store while anything of ours
// may still write.

import { type Clock, systemClock } from './clock.ts';
import type { Config } from './config/check-config.ts';
import type { Sender } from './delivery/sender.ts';
import type { Engine } from './engine/engine.ts';
import type { Log } from './engine/node.ts';
import type { CommandRules } from './job/command-rules.ts';
import type { Routes } from './job/publishable-route.ts';
import { limits } from './limits.ts';
import { type CommandOptions, openRunner, type Runner } from './own-commands.ts';
import { type ConfiguredOptions, ownEngine } from './own-engine.ts';
import { type OwnAddresses, type Reach, reachWorld } from './reach.ts';
import { type Server, serveApi } from './server.ts';
import { openSpool, type Spool } from './spool/spool.ts';
import { type StoreLock, takeLock } from './store/sqlite/lock.ts';
import { realStorePath } from './store/sqlite/real-path.ts';
import { storeSecret } from './store/sqlite/secret.ts';
import { openSqliteStore } from './store/sqlite/sqlite-store.ts';
import type { Tosser } from './toss/tosser.ts';
import { version } from './version.ts';

export interface OwnOptions extends ConfiguredOptions, CommandOptions {
  readonly clock?: Clock;
  /**
   * Callers over TCP must show it; absent: none is asked for. Several have a line each,
   * `name:secret`: each is one class of callers, with its fair share of a busy server.
   */
  readonly token?: string;
  /** Every commit takes this much longer: shows what a slow disk would do. @default 0 */
  readonly slowCommitMs?: number;
  /** May attempts go to private and loopback addresses? @default true */
  readonly egressPrivate?: boolean;
  /** Addresses, CIDR ranges and host names that are allowed besides. */
  readonly egressAllow?: readonly string[];
  /** Largest request body. @default 100 MiB */
  readonly requestBodyBytes?: number;
  /** Largest response body kept. @default 100 MiB */
  readonly responseBodyBytes?: number;
  /** Names under which callers may address us, beside loopback and the listening addresses. */
  readonly hostNames?: readonly string[];
  /** Permissions of the socket beside the store. @default 0o600 */
  readonly socketMode?: number;
  /** Group of the socket: a name or a number. */
  readonly socketGroup?: string;
  /**
   * Folder from which jobs are taken that were left there while nobody listened.
   * @default the store's path and `.spool`
   */
  readonly spool?: string;
  /** Make that folder if it is missing. @default false: it is used if it is there */
  readonly makesSpool?: boolean;
}

export interface Owner {
  readonly path: string;
  readonly socketPath: string;
  readonly engine: Engine;
  readonly tosser: Tosser;
  readonly direct: () => Sender;
  readonly clock: Clock;
  readonly log: Log;
  readonly requestBodyBytes: number;
  readonly checkTarget: (url: string) => void;
  readonly routes: () => Routes;
  readonly secret: () => Uint8Array;
  readonly commands: CommandRules;
  /** @throws SendoffError `invalid_config` for what cannot be kept here as it is written */
  readonly checkConfig: (config: Config) => void;
  readonly ownAddresses: OwnAddresses;
  /**
   * Stops when nobody of this process holds it any longer. Whoever let go last may call it again,
   * to wait for the same stop or to shorten it.
   */
  close(options?: Drain): Promise<void>;
}

interface Drain {
  readonly drainMs?: number;
}

interface Entry {
  readonly owner: Promise<Owner>;
  holders: number;
}

const owners = new Map<string, Entry>();
/** Stores that are being given away. */
const closing = new Map<string, Promise<unknown>>();

/**
 * Takes the store at `path`, or joins whoever in this process has it already.
 *
 * @throws SendoffError `store_locked`, `not_a_sendoff_store`, `store_too_new`, `store_readonly`,
 * `storage_full`
 */
export async function own(path: string, options: OwnOptions = {}): Promise<Owner> {
  const realPath = realStorePath(path);
  while (closing.has(realPath)) await closing.get(realPath);
  let entry = owners.get(realPath);
  if (!entry) {
    entry = { owner: take(realPath, options), holders: 0 };
    owners.set(realPath, entry);
  }
  entry.holders++;
  try {
    return hold(entry, await entry.owner);
  } catch (error) {
    if (owners.get(realPath) === entry) owners.delete(realPath);
    throw error;
  }
}

/** One holder's share of the owner. */
function hold(entry: Entry, owner: Owner): Owner {
  let isHolding = true;
  let isLast = false;
  const close = (how?: Drain): Promise<void> => {
    const isFirst = isHolding;
    isHolding = false;
    if (isFirst) isLast = --entry.holders === 0;
    if (!isLast) return Promise.resolve();
    const closed = owner.close(how);
    if (isFirst) giveAway(owner.path, closed);
    return closed;
  };
  return { ...owner, close };
}

/** From now on nobody joins; who wants the store next waits until it is free. */
function giveAway(path: string, closed: Promise<void>): void {
  owners.delete(path);
  const isFree = (): void => void closing.delete(path);
  closing.set(path, closed.then(isFree, isFree));
}

async function take(path: string, options: OwnOptions): Promise<Owner> {
  const lock = takeLock(path);
  const undo: (() => unknown)[] = [() => lock.release()];
  try {
    return await start(path, options, { lock, undo });
  } catch (error) {
    // The first failure is the one to tell.
    await inTurn(undo.reverse()).catch(() => {});
    throw error;
  }
}

async function start(
  path: string,
  options: OwnOptions,
  { lock, undo }: { readonly lock: StoreLock; readonly undo: (() => unknown)[] },
): Promise<Owner> {
  const clock = options.clock ?? systemClock;
  const log = options.log ?? (() => {});
  const { slowCommitMs, commitQueue } = options;
  const store = await openSqliteStore(path, {
    ...{ clock, ...(slowCommitMs !== undefined && { slowerMs: slowCommitMs }) },
    ...(commitQueue !== undefined && { jobsWaiting: commitQueue }),
  });
  undo.push(() => store.close());
  const reach = reachWorld(options, clock);
  undo.push(() => reach.close());
  const runner = openRunner(options, { path, clock, log });
  undo.push(() => runner.deliverer.close());
  await runner.endLeftovers();
  const engine = await ownEngine(options, { store, reach, runner, clock, log });
  undo.push(() => engine.stop({ drainMs: 0 }));
  const owner: Owner = {
    path,
    socketPath: lock.socketPath,
    engine,
    tosser: reach.tosser,
    direct: reach.direct,
    clock,
    log,
    requestBodyBytes: options.requestBodyBytes ?? limits.requestBodyBytes,
    checkTarget: reach.checkTarget,
    routes: () => options.config?.().routes ?? noRoutes,
    secret: once(() => storeSecret(path)),
    commands: runner.rules,
    checkConfig: ({ commands }) => commands && runner.check(commands),
    ownAddresses: reach.ownAddresses,
    close: (how) => shutDown(how),
  };
  const socket = await serveSocket(owner, options);
  const spool = await watchSpool(owner, options);
  const shutDown = closer({ engine, reach, runner, lock, server: socket, spool });
  return owner;
}

function serveSocket(owner: Owner, options: OwnOptions): Promise<Server> {
  const { socketMode: mode = 0o600, socketGroup, hostNames = [], token } = options;
  const group = socketGroup === undefined ? {} : { group: socketGroup };
  return serveApi(owner, {
    socket: { path: owner.socketPath, mode, ...group },
    ...{ listen: [], hostNames, version },
    ...(token !== undefined && { token }),
  });
}

const noRoutes: Routes = new Map();

/** Made when it is asked for the first time. */
function once<Value>(make: () => Value): () => Value {
  let made: { readonly value: Value } | undefined;
  return () => {
    made ??= { value: make() };
    return made.value;
  };
}

function watchSpool(owner: Owner, options: OwnOptions): Promise<Spool> {
  const { socketMode, socketGroup, makesSpool = false } = options;
  const make = {
    ...(socketMode !== undefined && { socketMode }),
    ...(socketGroup !== undefined && { socketGroup }),
  };
  return openSpool({
    ...owner,
    path: options.spool ?? `${owner.path}.spool`,
    checkJobTarget: (target) => {
      if (target.kind === 'http') owner.checkTarget(target.url);
    },
    ...(makesSpool && { make }),
  });
}

interface Running {
  readonly engine: Engine;
  readonly reach: Reach;
  readonly runner: Runner;
  readonly lock: StoreLock;
  readonly server: Server;
  readonly spool: Spool;
}

/**
 * One shutting down, however often it is asked for; the shortest of the times given counts. The
 * socket answers until the end, so that callers hear `stopping` rather than nothing.
 */
function closer(running: Running): (how?: Drain) => Promise<void> {
  const { engine, reach, runner, lock, server, spool } = running;
  let closed: Promise<void> | undefined;
  return (how) => {
    const stopped = engine.stop(how);
    const tossed = reach.tosser.close(how);
    closed ??= inTurn([
      () => spool.close(),
      () => stopped,
      () => tossed,
      () => server.close(),
      () => reach.close(),
      () => runner.deliverer.close(),
      () => lock.release(),
    ]);
    return closed;
  };
}

/** Takes every step, also when one before it failed; then the first failure is told. */
async function inTurn(steps: readonly (() => unknown)[]): Promise<void> {
  const failures: unknown[] = [];
  for (const step of steps) {
    try {
      await step();
    } catch (error) {
      failures.push(error);
    }
  }
  if (failures.length > 0) throw failures[0];
}
