// The targets, in a process of their own: four origins that write down everything that reaches them
// before they answer. Some of it they answer late, some with 503, some not at all, until the run
// lets them become healthy.

import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import { bodyFingerprint, bytesNamed, requestFingerprint } from './content.ts';
import { type Handling, ledgerAt, type TargetLine } from './ledger.ts';
import { between, pick, seeded, skewed } from './random.ts';

export interface TargetOrder {
  readonly seed: string;
  readonly ledger: string;
  readonly origins: number;
}

const order = JSON.parse(process.argv[2] ?? '') as TargetOrder;
const note = ledgerAt<TargetLine>(order.ledger);
let arrivals = 0;
let open = 0;
let isHealthy = false;

process.on('message', (word) => {
  isHealthy = true;
  if (word === 'stop') void leave();
});
process.send?.(await Promise.all(Array.from({ length: order.origins }, listen)));

async function listen(): Promise<number> {
  const server = createServer({ keepAliveTimeout: 2_000 }, (request, response) => {
    open++;
    void handle(request, response).finally(() => open--);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return (server.address() as AddressInfo).port;
}

/** What has arrived is handled to its end. */
async function leave(): Promise<void> {
  while (open > 0) await pause(20);
  process.exit();
}

async function handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const arrival = ++arrivals;
  const { method = '', url: path = '', headers } = request;
  const token = String(headers['x-torture']);
  const attempt = Number(headers['sendoff-attempt']);
  const key = String(headers['idempotency-key']);
  note({ kind: 'arrived', arrival, at: Date.now(), token, key, attempt });
  const mood = moodOf({ token, attempt, path });
  if (mood.handling === 'reset' && mood.isEarly) {
    note({ kind: 'handled', arrival, handling: 'reset' });
    return void request.socket.resetAndDestroy();
  }
  const body = await read(request);
  if (body === undefined) return note({ kind: 'handled', arrival, handling: 'broken-off' });
  if (mood.delayMs > 0) await pause(mood.delayMs);
  const answer = bytesNamed(`${token} ${attempt}`, mood.answerBytes);
  const fingerprint = requestFingerprint({ method, path, token, body });
  const answerFingerprint = bodyFingerprint(answer);
  note({ kind: 'handled', arrival, handling: mood.handling, fingerprint, answerFingerprint });
  if (mood.handling === 'reset') request.socket.resetAndDestroy();
  else response.writeHead(statuses[mood.handling], { 'content-length': answer.length }).end(answer);
}

const statuses: Readonly<Record<Exclude<Handling, 'reset' | 'broken-off'>, number>> = {
  done: 200,
  'not-found': 404,
  unavailable: 503,
};

interface Mood {
  readonly handling: Exclude<Handling, 'broken-off'>;
  /** A reset before the body is read. */
  readonly isEarly: boolean;
  readonly delayMs: number;
  readonly answerBytes: number;
}

function moodOf(about: { token: string; attempt: number; path: string }): Mood {
  const { token, attempt, path } = about;
  const random = seeded(`${order.seed} mood ${token} ${attempt}`);
  const isLarge = random() < 0.02;
  const answerBytes = isLarge ? between(random, 65_537, 300_000) : skewed(random, 1, 2_000);
  const handling = pick(random, { done: 92, unavailable: 5, reset: 3 });
  const isEarly = random() < 0.5;
  const delayMs = !isHealthy && random() < 0.12 ? skewed(random, 50, 3_000) : 0;
  const mood = { isEarly, delayMs, answerBytes };
  if (path.startsWith('/reject/')) return { ...mood, handling: 'not-found' };
  if (path.startsWith('/exhaust/')) return { ...mood, handling: 'unavailable' };
  return { ...mood, handling: isHealthy ? 'done' : handling };
}

/** Undefined when the sender broke off. */
async function read(request: IncomingMessage): Promise<Buffer | undefined> {
  const chunks: Buffer[] = [];
  try {
    for await (const chunk of request) chunks.push(chunk as Buffer);
    return Buffer.concat(chunks);
  } catch {
    return undefined;
  }
}
