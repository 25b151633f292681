// One HTTP exchange over bare node:http, with everything that came back.

import { type Agent, type IncomingHttpHeaders, request } from 'node:http';

export interface Call {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string | number>>;
  readonly body?: string | Uint8Array;
  readonly agent?: Agent;
}

export interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  /** Name, value, name, value, … as they came. */
  readonly rawHeaders: readonly string[];
  readonly body: Buffer;
  /** The connection ended before the body did. */
  readonly isCut: boolean;
}

/** Rejects when no answer came; one that breaks off later is given with `isCut`. */
export function call(url: string, { method, headers, body, agent }: Call = {}): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const sent = request(url, {
      method: method ?? (body === undefined ? 'GET' : 'POST'),
      headers: {
        ...(body !== undefined && { 'content-length': Buffer.byteLength(body) }),
        ...headers,
      },
      agent: agent ?? false,
    });
    sent.on('error', reject);
    sent.on('response', (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('error', () => {
        // A cut is told by `complete` when it closes.
      });
      response.on('close', () => {
        const { statusCode: status = 0, headers, rawHeaders, complete } = response;
        resolve({ status, headers, rawHeaders, body: Buffer.concat(chunks), isCut: !complete });
      });
    });
    sent.end(body);
  });
}

/** The JSON of an answer, whatever its status. */
export async function callJson<Body>(url: string, options: Call = {}): Promise<Body> {
  const { body } = await call(url, options);
  return JSON.parse(body.toString()) as Body;
}
