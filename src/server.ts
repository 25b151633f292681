// The listeners: any number of TCP addresses and one Unix socket, all with the same face behind
// them and the same limits against callers who are slow, endless or malformed. Who may open what is
// decided here: an address that others can reach needs a token or serves publishable routes alone,
// the socket has its file permissions.

import { networkInterfaces } from 'node:os';
import { type ApiOptions, createApi, type Door } from './api/api.ts';
import type { ListenAddress } from './api/listen-address.ts';
import { createListener, type Listener, type SocketFile } from './api/listener.ts';
import { parseTokens } from './api/token-lines.ts';
import { plainAddress } from './delivery/address.ts';
import { SendoffError } from './errors.ts';

/** What a server serves. */
export interface Served
  extends Pick<
    ApiOptions,
    | 'engine'
    | 'tosser'
    | 'clock'
    | 'log'
    | 'requestBodyBytes'
    | 'checkTarget'
    | 'routes'
    | 'secret'
    | 'commands'
  > {
  /** Gets every `placeOf` under which we can be reached, so that no job calls us. */
  readonly ownAddresses: Set<string>;
}

export interface ServerOptions {
  /** Port 0 takes a free one. */
  readonly listen: readonly ListenAddress[];
  /** Listeners for strangers: publishable routes and nothing else, without a token. */
  readonly listenPublic?: readonly ListenAddress[];
  readonly socket?: SocketFile;
  /**
   * What callers must show; needed for any address beyond loopback. Several have a line each,
   * `name:secret`.
   */
  readonly token?: string;
  /** Further names of this server, for the Host check. */
  readonly hostNames?: readonly string[];
  readonly version: string;
}

export interface Server {
  /** `http://host:port` of each TCP listener, with the ports that were taken. */
  readonly urls: readonly string[];
  /** The same of the listeners for publishable routes alone. */
  readonly publicUrls: readonly string[];
  /**
   * Takes no new connections, lets requests end for a moment, then cuts them; calling it twice is
   * harmless.
   */
  close(): Promise<void>;
}

/** @throws SendoffError `listen_failed` */
export async function serveApi(served: Served, options: ServerOptions): Promise<Server> {
  for (const address of options.listen) refuseOpen(address, options);
  const { clock, log, ownAddresses } = served;
  const { token, version, hostNames = [] } = options;
  const tokens = token === undefined ? {} : { tokens: parseTokens(token) };
  const api = createApi({ ...served, ...tokens, hostNames, version });
  const listeners: Listener[] = [];
  const open = async (door: Door, at: ListenAddress | SocketFile): Promise<Listener> => {
    const listener = createListener({ api, door, clock, log });
    listeners.push(listener);
    await listener.open(at);
    return listener;
  };
  let closed: Promise<void> | undefined;
  const close = (): Promise<void> => {
    closed ??= closeAll(listeners);
    return closed;
  };
  const openTcp = async (at: ListenAddress, isPublic: boolean): Promise<string> => {
    const { port } = await open(tcpDoor(at, isPublic), at);
    for (const host of waysTo(at, hostNames)) ownAddresses.add(placeOf(host, port));
    return urlOf(at.address, port);
  };
  const urls: string[] = [];
  const publicUrls: string[] = [];
  try {
    for (const at of options.listen) urls.push(await openTcp(at, false));
    for (const at of options.listenPublic ?? []) publicUrls.push(await openTcp(at, true));
    if (options.socket) await open(socketDoor, options.socket);
  } catch (error) {
    await close();
    throw error;
  }
  return { urls, publicUrls, close };
}

async function closeAll(listeners: readonly Listener[]): Promise<void> {
  await Promise.all(listeners.map((listener) => listener.close()));
}

/** One text for one place, however its address was spelled. */
export function placeOf(host: string, port: number): string {
  return `${plainAddress(host)}:${port}`;
}

function refuseOpen({ isLoopback, address }: ListenAddress, { token }: ServerOptions): void {
  if (token?.trim() === '') {
    const detail = 'Expected a token of one character or more, got an empty one';
    throw new SendoffError('listen_failed', detail, { field: 'token' });
  }
  if (isLoopback || token !== undefined) return;
  const why = `Listening on ${address} opens this server to others and needs a token`;
  const detail = `${why}: set SENDOFF_TOKEN, or listen on 127.0.0.1`;
  throw new SendoffError('listen_failed', detail, { field: 'listen' });
}

function tcpDoor({ address, isLoopback }: ListenAddress, isPublic: boolean): Door {
  return { kind: 'tcp', isLoopback, isPublic, hosts: new Set([inUrl(address)]) };
}

const socketDoor: Door = { kind: 'socket', isLoopback: true, isPublic: false, hosts: new Set() };

/** Hosts of a URL that lead to this listener; connecting to a wildcard leads to loopback. */
function waysTo({ address }: ListenAddress, hostNames: readonly string[]): readonly string[] {
  const names = hostNames.map((name) => name.toLowerCase());
  const wildcards = ['0.0.0.0', '::'];
  if (!wildcards.includes(address)) return [address, ...wildcards, ...names];
  const interfaces = Object.values(networkInterfaces()).flatMap((list) => list ?? []);
  const own = interfaces.map((one) => one.address);
  return [...wildcards, '127.0.0.1', '::1', ...own, ...names];
}

function urlOf(address: string, port: number): string {
  return `http://${inUrl(address)}:${port}`;
}

function inUrl(address: string): string {
  return address.includes(':') ? `[${address}]` : address;
}
