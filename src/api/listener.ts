// One node:http server with our limits, on one address or on one Unix socket. What never becomes a
// request (a malformed head, one that is too long or too slow) is answered here, on the bare
// connection.

import { chmod, chown, lstat, unlink } from 'node:fs/promises';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { Clock } from '../clock.ts';
import { SendoffError } from '../errors.ts';
import { groupId } from '../group-id.ts';
import { limits } from '../limits.ts';
import type { ApiHandler, Door, Log } from './api.ts';
import { answerBroken } from './broken.ts';
import { watchConnections } from './connections.ts';
import type { ListenAddress } from './listen-address.ts';
import { RefusedError } from './problem.ts';
import { refuse } from './refuse.ts';

/** A Unix socket; a stale file at its path is replaced, so its owner must hold the store's lock. */
export interface SocketFile {
  readonly path: string;
  /** @default 0o600 */
  readonly mode?: number;
  /** Group that may connect: its name or number. */
  readonly group?: string;
}

export interface ListenerOptions {
  readonly api: ApiHandler;
  readonly door: Door;
  readonly clock: Clock;
  readonly log: Log;
}

export interface Listener {
  /** The TCP port that was taken; 0 on a Unix socket. */
  readonly port: number;
  open(at: ListenAddress | SocketFile): Promise<void>;
  close(): Promise<void>;
}

/** Requests under way get this long when the server closes. */
const CLOSE_MS = 2_000;

export function createListener(options: ListenerOptions): Listener {
  const server = createHttpServer(options);
  const failed = (err: Error): void => options.log('error', 'A listener failed', { err });
  let socketPath: string | undefined;
  return {
    get port() {
      const address = server.address();
      return typeof address === 'object' && address !== null ? address.port : 0;
    },
    async open(at) {
      if ('path' in at) {
        await removeStale(at.path);
        await listen(server, { path: at.path }, at.path);
      } else await listen(server, { host: at.address, port: at.port }, `${at.address}:${at.port}`);
      server.on('error', failed);
      if (!('path' in at)) return;
      socketPath = at.path;
      await permit(at);
    },
    async close() {
      if (!server.listening) return;
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      const stop = options.clock.after(CLOSE_MS, () => server.closeAllConnections());
      server.closeIdleConnections();
      await closed;
      stop();
      if (socketPath !== undefined) await unlink(socketPath).catch(ignoreGone);
    },
  };
}

type HttpServer = ReturnType<typeof createServer>;

function createHttpServer({ api, door, clock, log }: ListenerOptions): HttpServer {
  const handle = (request: IncomingMessage, response: ServerResponse): void => {
    connections.asked(request.socket, response);
    if (!server.listening) response.shouldKeepAlive = false;
    api(request, response, door);
  };
  const server = createServer(
    {
      headersTimeout: limits.headersMs,
      connectionsCheckingInterval: limits.connectionCheckMs,
      // A body that advances may take as long as it takes; the face watches those that do not.
      requestTimeout: 0,
      keepAliveTimeout: limits.keepAliveMs,
      maxHeaderSize: limits.requestHeaderBytes,
      // The face answers these itself, in its own words.
      requireHostHeader: false,
      insecureHTTPParser: false,
      noDelay: true,
    },
    handle,
  );
  // Node would drop the lines beyond silently; the face counts and refuses.
  server.maxHeadersCount = 0;
  server.maxRequestsPerSocket = limits.requestsPerSocket;
  const connections = watchConnections(server, log);
  server.on('checkContinue', handle);
  server.on('checkExpectation', (request, response) => {
    const detail = 'Expected `expect` to be 100-continue';
    const headers = { connection: 'close' };
    const error = new RefusedError('expectation_not_supported', detail, { headers });
    refuse(request, response, error, { clock, log });
  });
  server.on('clientError', (error, socket) =>
    answerBroken(error, socket, connections.latest(socket)),
  );
  // A caller may end its side after the last byte of its request and still wants the answer.
  Object.assign(server, { httpAllowHalfOpen: true });
  return server;
}

type Where = { readonly path: string } | { readonly host: string; readonly port: number };

async function listen(server: HttpServer, where: Where, place: string): Promise<void> {
  try {
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen(where, () => {
        server.off('error', reject);
        resolve();
      });
    });
  } catch (cause) {
    const code = (cause as NodeJS.ErrnoException).code;
    const why = reasons.get(code ?? '') ?? (cause as Error).message;
    throw new SendoffError('listen_failed', `Cannot listen on ${place}: ${why}`, { cause });
  }
}

const reasons: ReadonlyMap<string, string> = new Map([
  ['EADDRINUSE', 'the port is in use by another program; choose another with --listen'],
  ['EACCES', 'not allowed for this user; ports below 1024 need a privilege'],
  ['EADDRNOTAVAIL', 'this machine does not have that address'],
]);

async function removeStale(path: string): Promise<void> {
  const file = await lstat(path).catch(ignoreGone);
  if (file === undefined) return;
  if (!file.isSocket()) {
    const detail = `Cannot listen on ${path}: there is a file that is no socket`;
    throw new SendoffError('listen_failed', detail);
  }
  await unlink(path);
}

/**
 * Until its mode is set the file has what the umask left, which never is more than its owner asked
 * for.
 */
async function permit({ path, mode = 0o600, group }: SocketFile): Promise<void> {
  if (group !== undefined) await chown(path, -1, await groupId(group));
  await chmod(path, mode);
}

function ignoreGone(error: NodeJS.ErrnoException): undefined {
  if (error.code === 'ENOENT') return undefined;
  throw error;
}
