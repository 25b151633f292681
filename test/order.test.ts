// Order, as the target sees it: many ordered queues, attempts that fail, pauses, and kill -9 of the
// server. Judged by the target's ledger alone: in a queue no job is seen before an earlier one is
// through, and no two of them at one time. `ORDER_QUEUES=1000 ORDER_JOBS=100 ORDER_KILLS=5` is the
// long run; its figures are printed.

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { call } from './support/call.ts';
import { makeFolder, removeFolder } from './support/folder.ts';
import { freePort } from './support/free-port.ts';
import { endServers, startServer } from './support/server-process.ts';
import { until } from './support/until.ts';
import { seeded } from './torture/random.ts';

const QUEUES = Number(process.env.ORDER_QUEUES ?? 30);
const JOBS = Number(process.env.ORDER_JOBS ?? 20);
const KILLS = Number(process.env.ORDER_KILLS ?? 2);
const FAILING = 0.05;
const SLOWEST_MS = 20;
const PAUSED_PART = 0.1;
const WITHIN_MS = 120_000 + QUEUES * JOBS * 10;

const folder = makeFolder('order');
const random = seeded('order');

after(async () => {
  await endServers();
  removeFolder(folder);
});

/** What one queue's requests came to. */
class Line {
  readonly done = new Set<number>();
  inversions = 0;
  overlaps = 0;
  requests = 0;
  #last = -1;
  readonly #open = new Map<number, number>();

  /** @param isStrict jobs behind one that waits for its retry may not pass it */
  begin(job: number, isStrict: boolean): void {
    this.requests++;
    for (const other of this.#open.keys()) if (other !== job) this.overlaps++;
    if (isStrict && job < this.#last) this.inversions++;
    // Whoever comes after a job that never succeeded has passed it.
    if (isStrict && job > this.#last) {
      for (let before = Math.max(0, this.#last); before < job; before++) {
        if (!this.done.has(before)) this.inversions++;
      }
    }
    this.#last = Math.max(this.#last, job);
    this.#open.set(job, (this.#open.get(job) ?? 0) + 1);
  }

  end(job: number): void {
    const left = (this.#open.get(job) ?? 1) - 1;
    if (left > 0) this.#open.set(job, left);
    else this.#open.delete(job);
  }
}

const names = Array.from({ length: QUEUES }, (_, n) => `q${n}`);
const lines = new Map(names.map((name) => [name, new Line()]));

function isStrict(name: string): boolean {
  return onFailureOf(name) !== 'skip';
}

function onFailureOf(name: string): 'block' | 'park' | 'skip' {
  const kinds = ['block', 'park', 'skip'] as const;
  return kinds[Number(name.slice(1)) % kinds.length] ?? 'block';
}

function receive(request: IncomingMessage, response: ServerResponse): void {
  const [, name = '', job = ''] = (request.url ?? '').split('/');
  const line = lines.get(name);
  assert.ok(line, `queue ${name} is known`);
  line.begin(Number(job), isStrict(name));
  let isOver = false;
  const end = (): void => {
    if (!isOver) line.end(Number(job));
    isOver = true;
  };
  response.on('close', end);
  setTimeout(() => {
    const chance = random();
    const isFailing = chance < FAILING;
    if (!isFailing) line.done.add(Number(job));
    // Before the sender can know of it.
    end();
    if (chance < FAILING / 2) request.socket.destroy();
    else response.writeHead(isFailing ? 500 : 200).end();
  }, random() * SLOWEST_MS);
}

async function submit(url: string, port: number): Promise<void> {
  for (let job = 0; job < JOBS; job++) {
    const body = names.map((name) => {
      const queue = { name, order: 'strict', onFailure: onFailureOf(name) };
      const retry = { limit: 1_000, delays: ['20ms', '100ms'] };
      return JSON.stringify({ url: `http://127.0.0.1:${port}/${name}/${job}`, queue, retry });
    });
    const headers = { 'content-type': 'application/x-ndjson' };
    const answer = await call(`${url}/v1/jobs`, { headers, body: body.join('\n') });
    const stored = answer.body
      .toString()
      .trim()
      .split('\n')
      .filter((text) => text.includes('"id"'));
    assert.equal(stored.length, QUEUES, answer.body.toString().slice(0, 300));
  }
}

function close(target: Server): void {
  target.close();
  target.closeAllConnections();
}

function total(of: (line: Line) => number): number {
  return [...lines.values()].reduce((sum, line) => sum + of(line), 0);
}

test(`${QUEUES} queues of ${JOBS} jobs keep their order through ${KILLS} deaths`, async () => {
  const target = createServer(receive);
  after(() => close(target));
  target.listen(0, '127.0.0.1');
  await once(target, 'listening');
  const options = { store: join(folder, 'order.db'), port: await freePort() };
  let server = await startServer(options);
  await submit(server.url, (target.address() as AddressInfo).port);
  const done = (): number => total((line) => line.done.size);
  for (let kill = 1; kill <= KILLS; kill++) {
    const enough = (QUEUES * JOBS * kill) / (KILLS + 1);
    await until(`${enough} are through`, () => done() >= enough, { withinMs: WITHIN_MS });
    const paused = names.filter(() => random() < PAUSED_PART);
    for (const name of paused)
      await call(`${server.url}/v1/queues/${name}/pause`, { method: 'POST' });
    await server.end('SIGKILL');
    server = await startServer(options);
    for (const name of paused)
      await call(`${server.url}/v1/queues/${name}/resume`, { method: 'POST' });
  }
  await until('all are through', () => done() === QUEUES * JOBS, { withinMs: WITHIN_MS });
  const [requests, inversions, overlaps] = [
    total((line) => line.requests),
    total((line) => line.inversions),
    total((line) => line.overlaps),
  ];
  console.log(
    `${QUEUES} queues of ${JOBS} jobs, ${KILLS} kills: ${requests} requests, ` +
      `${inversions} inversions, ${overlaps} overlaps, ${done()} through`,
  );
  assert.deepEqual({ inversions, overlaps }, { inversions: 0, overlaps: 0 });
  await server.end('SIGTERM');
});
