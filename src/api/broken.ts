// What never became a request: the parser refused it, or its head took too long. There is no
// response object for it, so a whole answer is written on the bare connection, which then closes.

import { type ServerResponse, STATUS_CODES } from 'node:http';
import type { Duplex } from 'node:stream';
import type { ErrorCode } from '../errors.ts';

interface Broken {
  readonly status: number;
  readonly code: ErrorCode;
  readonly detail: string;
}

const tooLargeHead: Broken = {
  status: 431,
  code: 'headers_too_large',
  detail: 'The request line and headers are too large',
};
const tooSlow: Broken = {
  status: 408,
  code: 'request_timeout',
  detail: 'The headers took too long',
};
const unknownMethod: Broken = {
  status: 405,
  code: 'method_not_allowed',
  detail: 'Nobody knows this method',
};
const malformed: Broken = { status: 400, code: 'bad_request', detail: 'This is not HTTP/1.1' };

const kinds: ReadonlyMap<string, Broken> = new Map([
  ['HPE_HEADER_OVERFLOW', tooLargeHead],
  ['HPE_CHUNK_EXTENSIONS_OVERFLOW', { ...malformed, status: 413, code: 'body_too_large' }],
  ['ERR_HTTP_REQUEST_TIMEOUT', tooSlow],
]);

/** @param latest the answer to the last whole head that came on this connection */
export function answerBroken(error: Error, socket: Duplex, latest?: ServerResponse): void {
  const { code, rawPacket } = error as Error & { code?: string; rawPacket?: Buffer };
  if (latest?.req.complete && !latest.writableFinished && code !== 'ECONNRESET') {
    // What is broken came after a whole request, and that one may become a job: it gets its own
    // answer.
    latest.shouldKeepAlive = false;
    latest.once('finish', () => socket.end());
    return;
  }
  if (code === 'ECONNRESET' || !socket.writable) {
    socket.destroy();
    return;
  }
  const isMethod = code === 'HPE_INVALID_METHOD' && isRequestLine(rawPacket);
  const broken = isMethod ? unknownMethod : (kinds.get(code ?? '') ?? malformed);
  socket.end(answerText(broken), () => socket.destroy());
}

/** A well-formed request line with a method that nobody knows is no junk. */
function isRequestLine(packet: Buffer | undefined): boolean {
  const start = packet?.toString('latin1', 0, 4_096) ?? '';
  return /^[!#$%&'*+\-.^_`|~0-9A-Za-z]{1,32} \/\S* HTTP\/1\.[01]\r\n/.test(start);
}

function answerText({ status, code, detail }: Broken): string {
  const title = STATUS_CODES[status];
  const body = JSON.stringify({ type: 'about:blank', title, status, detail, code });
  const head = [
    `HTTP/1.1 ${status} ${title}`,
    'Content-Type: application/problem+json',
    'Cache-Control: no-store',
    'X-Content-Type-Options: nosniff',
    ...(status === 405 ? ['Allow: GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS'] : []),
    `Content-Length: ${Buffer.byteLength(body)}`,
    'Connection: close',
  ];
  return `${head.join('\r\n')}\r\n\r\n${body}`;
}
