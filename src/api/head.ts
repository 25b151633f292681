// The head of a request, read once. Node's own `request.headers` joins and drops repeated lines,
// and what guards a server must see every line as it came: two Hosts are an attack, not a list.

import type { IncomingMessage } from 'node:http';

export interface Head {
  /** Request target up to the question mark. */
  readonly path: string;
  /** What follows it, undecoded; empty if there is nothing. */
  readonly query: string;
  host?: string;
  origin?: string;
  fetchSite?: string;
  fetchMode?: string;
  fetchDest?: string;
  preflightMethod?: string;
  authorization?: string;
  token?: string;
  contentType?: string;
  contentEncoding?: string;
  contentLength?: string;
  transferEncoding?: string;
  expect?: string;
  idempotencyKey?: string;
  traceparent?: string;
  tracestate?: string;
  lastEventId?: string;
  /** Every `Prefer` line, joined. */
  prefer?: string;
  /** A header that only a proxy sets; the first one seen. */
  proxyHeader?: string;
  /** Headers that came more than once although they must not. */
  repeated?: string[];
  /** `Sendoff-*` lines but `Sendoff-Token`, in lower case. */
  options?: [name: string, value: string][];
}

type Single = Exclude<
  keyof Head,
  'path' | 'query' | 'prefer' | 'proxyHeader' | 'repeated' | 'options'
>;

const singles: ReadonlyMap<string, Single> = new Map([
  ['host', 'host'],
  ['origin', 'origin'],
  ['sec-fetch-site', 'fetchSite'],
  ['sec-fetch-mode', 'fetchMode'],
  ['sec-fetch-dest', 'fetchDest'],
  ['access-control-request-method', 'preflightMethod'],
  ['authorization', 'authorization'],
  ['sendoff-token', 'token'],
  ['content-type', 'contentType'],
  ['content-encoding', 'contentEncoding'],
  ['content-length', 'contentLength'],
  ['transfer-encoding', 'transferEncoding'],
  ['expect', 'expect'],
  ['idempotency-key', 'idempotencyKey'],
  ['traceparent', 'traceparent'],
  ['tracestate', 'tracestate'],
  ['last-event-id', 'lastEventId'],
]);

/** Lists by their own standards: further lines continue the first. */
const joined: ReadonlySet<Single> = new Set<Single>(['contentEncoding', 'tracestate']);

const proxyNames: ReadonlySet<string> = new Set(['forwarded', 'x-real-ip', 'via']);

export function readHead(request: IncomingMessage): Head {
  const target = request.url ?? '';
  const mark = target.indexOf('?');
  const head: Head =
    mark === -1
      ? { path: target, query: '' }
      : { path: target.slice(0, mark), query: target.slice(mark + 1) };
  const raw = request.rawHeaders;
  for (let at = 0; at < raw.length; at += 2) {
    readLine(head, (raw[at] as string).toLowerCase(), raw[at + 1] as string);
  }
  return head;
}

function readLine(head: Head, name: string, value: string): void {
  const single = singles.get(name);
  if (single !== undefined) readSingle(head, single, name, value);
  else if (name === 'prefer') head.prefer = head.prefer ? `${head.prefer}, ${value}` : value;
  else if (name.startsWith('sendoff-')) {
    head.options ??= [];
    head.options.push([name, value]);
  } else if (proxyNames.has(name) || name.startsWith('x-forwarded-')) head.proxyHeader ??= name;
}

function readSingle(head: Head, single: Single, name: string, value: string): void {
  const before = head[single];
  if (before === undefined) head[single] = value;
  else if (joined.has(single)) head[single] = `${before}, ${value}`;
  else {
    head.repeated ??= [];
    head.repeated.push(name);
  }
}
