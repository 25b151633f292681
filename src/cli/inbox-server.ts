// The server of `sendoff inbox`: it reads a request to its end, prints it, waits, and answers.

import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { SendoffError } from '../errors.ts';
import { parseDuration } from '../job/duration.ts';
import { complaint } from './complaint.ts';
import { exitCodes, serverExitCodeOf } from './exit-code.ts';
import type { InboxFlags } from './inbox.ts';
import { type Arrival, arrivalText } from './inbox-arrival.ts';
import { interruptible } from './interrupt.ts';
import { print, say } from './output.ts';

export async function receiveUntilStopped(flags: InboxFlags): Promise<number> {
  let inbox: Inbox;
  try {
    inbox = await openInbox(flags);
  } catch (error) {
    if (!(error instanceof SendoffError) || error.code !== 'listen_failed') throw error;
    process.stderr.write(complaint(error));
    return serverExitCodeOf(error);
  }
  say(`Receiving on ${inbox.url} (Ctrl-C ends it)`);
  await interruptible((signal) => {
    return new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve()));
  });
  inbox.close();
  return exitCodes.done;
}

export interface Inbox {
  readonly url: string;
  readonly close: () => void;
}

/** @throws SendoffError `listen_failed`, `invalid_duration` */
export async function openInbox(flags: InboxFlags): Promise<Inbox> {
  const delayMs = flags.delay === undefined ? 0 : parseDuration(flags.delay, { field: 'delay' });
  const statusOf = statuses(flags);
  const server = createServer((request, response) => {
    void answer(request, response, { flags, delayMs, statusOf });
  });
  // A slow sender is welcome here.
  server.requestTimeout = 0;
  const url = await listen(server, flags.listen);
  const close = (): void => {
    server.close();
    server.closeAllConnections();
  };
  return { url, close };
}

function statuses({ status, fail }: InboxFlags): () => number {
  let seen = 0;
  if (fail === undefined) return () => status ?? 200;
  return () => (++seen <= fail ? (status ?? 503) : 200);
}

/** The URL of the address that was taken. */
export async function listen(server: Server, address: string): Promise<string> {
  const match = /^(?:(?<host>\[[0-9a-f:.]+\]|[^:[\]]*):)?(?<port>\d{1,5})$/i.exec(address);
  if (match === null) {
    const message = `Expected --listen to be host:port, got '${address}'`;
    throw new SendoffError('listen_failed', message, { field: 'listen' });
  }
  const host = match.groups?.host?.replace(/^\[|\]$/g, '') || '127.0.0.1';
  await new Promise<void>((resolve, reject) => {
    server.once('error', (cause) => {
      const message = `Cannot listen on ${address}: ${cause.message}`;
      reject(new SendoffError('listen_failed', message, { cause }));
    });
    server.listen(Number(match.groups?.port), host, resolve);
  });
  const bound = server.address();
  const port = typeof bound === 'object' && bound !== null ? bound.port : match.groups?.port;
  return `http://${host.includes(':') ? `[${host}]` : host}:${port}`;
}

const PREVIEW_BYTES = 65_536;

async function answer(
  request: IncomingMessage,
  response: ServerResponse,
  how: { readonly flags: InboxFlags; readonly delayMs: number; readonly statusOf: () => number },
): Promise<void> {
  const { flags, delayMs, statusOf } = how;
  const arrival = await read(request);
  await print(arrivalText(arrival, flags.output, flags.verbose ?? false));
  if (arrival.isCut) return;
  const status = statusOf();
  if (delayMs > 0) await sleep(delayMs);
  if (response.destroyed) return say(`${arrival.path}: the caller hung up before the answer`);
  const hasNoBody = status === 204 || status === 304;
  response.writeHead(status, (flags.header ?? []).flat());
  response.end(hasNoBody ? undefined : flags.body);
}

async function read(request: IncomingMessage): Promise<Arrival> {
  const preview: Uint8Array[] = [];
  let bodyBytes = 0;
  let isCut = false;
  try {
    for await (const piece of request) {
      if (bodyBytes < PREVIEW_BYTES) preview.push(piece.subarray(0, PREVIEW_BYTES - bodyBytes));
      bodyBytes += piece.length;
    }
  } catch {
    isCut = true;
  }
  const { method = '', url: path = '', rawHeaders } = request;
  return {
    ...{ at: new Date().toISOString(), method, path, bodyBytes, isCut },
    headers: pairs(rawHeaders),
    body: Buffer.concat(preview),
  };
}

function pairs(flat: readonly string[]): [string, string][] {
  return flat.flatMap((name, at) =>
    at % 2 === 0 ? [[name, flat[at + 1]!] as [string, string]] : [],
  );
}
