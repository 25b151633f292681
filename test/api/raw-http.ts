// HTTP as bytes on a socket, for what no client library would send.

import { once } from 'node:events';
import { connect, type NetConnectOpts, type Socket } from 'node:net';

export interface RawAnswer {
  readonly status: number;
  /** Names in lower case; of repeated lines the last. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

export interface RawOptions {
  /** End our side after the last byte. */
  readonly halfClose?: boolean;
}

/** Sends the text as Latin-1 and reads until the server closes, or the first answer is whole. */
export async function exchangeRaw(
  to: NetConnectOpts,
  text: string | Buffer,
  options: RawOptions = {},
): Promise<RawAnswer> {
  const socket = connect({ ...to, allowHalfOpen: true });
  // The server may refuse and close before it has read everything.
  socket.on('error', () => {});
  await once(socket, 'connect');
  socket.write(text, 'latin1');
  if (options.halfClose) socket.end();
  const answer = await readAnswer(socket);
  socket.destroy();
  return answer;
}

export async function readAnswer(socket: Socket): Promise<RawAnswer> {
  let text = '';
  for (;;) {
    const answer = parseAnswer(text);
    if (answer !== undefined) return answer;
    const chunk = await nextChunk(socket);
    if (chunk === undefined) return { status: 0, headers: {}, body: text };
    text += chunk.toString('latin1');
  }
}

async function nextChunk(socket: Socket): Promise<Buffer | undefined> {
  for (;;) {
    const chunk = socket.read() as Buffer | null;
    if (chunk !== null) return chunk;
    if (socket.readableEnded || socket.destroyed) return undefined;
    await new Promise<void>((resolve) => {
      const wake = (): void => {
        for (const name of ['readable', 'end', 'close']) socket.off(name, wake);
        resolve();
      };
      for (const name of ['readable', 'end', 'close']) socket.on(name, wake);
    });
  }
}

/** The first answer, once its head and the body of its Content-Length are here. */
function parseAnswer(text: string): RawAnswer | undefined {
  const end = text.indexOf('\r\n\r\n');
  if (end === -1) return undefined;
  const [statusLine = '', ...lines] = text.slice(0, end).split('\r\n');
  const pairs = lines.map((line) => {
    const colon = line.indexOf(':');
    return [line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()] as const;
  });
  const headers = Object.fromEntries(pairs);
  const body = text.slice(end + 4);
  if (body.length < Number(headers['content-length'] ?? 0)) return undefined;
  return { status: Number(statusLine.split(' ')[1]), headers, body };
}
