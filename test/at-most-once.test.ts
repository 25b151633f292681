// A request that is to arrive at most once: whatever becomes of server and target, the target never
// sees a second one, and the job says when nobody can know.

import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, test } from 'node:test';
import type { QueueView } from '../src/budget.ts';
import type { AttemptView, JobView, Receipt } from '../src/sendoff.ts';
import { call, callJson } from './support/call.ts';
import { makeFolder, removeFolder } from './support/folder.ts';
import { freePort } from './support/free-port.ts';
import { endServers, type ServerProcess, startServer } from './support/server-process.ts';
import { startTarget } from './support/target-server.ts';
import { until } from './support/until.ts';

const folder = makeFolder('at-most-once');
const once = { 'sendoff-delivery': 'at-most-once' };

after(async () => {
  await endServers();
  removeFolder(folder);
});

async function handOver(server: ServerProcess, url: string, headers = {}): Promise<string> {
  const path = `${server.url}/v1/to?url=${encodeURIComponent(url)}`;
  return (await callJson<Receipt>(path, { body: 'order', headers })).id;
}

function settled(server: ServerProcess, id: string): Promise<JobView> {
  return until(`${id} settles`, async () => {
    const job = await callJson<JobView>(`${server.url}/v1/jobs/${id}`);
    return job.settledAt !== undefined && job;
  });
}

async function attemptsOf(server: ServerProcess, id: string): Promise<readonly AttemptView[]> {
  const path = `${server.url}/v1/jobs/${id}/attempts`;
  return (await callJson<{ attempts: AttemptView[] }>(path)).attempts;
}

test('a kill -9 ends the job as `unknown`, and nothing arrives again', async () => {
  let isAnswering = false;
  await using target = await startTarget((response) => {
    if (isAnswering) response.end('done');
  });
  const options = { store: join(folder, 'kill.db'), port: await freePort() };
  let server = await startServer(options);
  const single = await handOver(server, `${target.url}/once`, once);
  const usual = await handOver(server, `${target.url}/again`);
  await until('both arrive', () => target.arrivals.length === 2);
  await server.end('SIGKILL');
  isAnswering = true;
  server = await startServer(options);
  const [first, second] = [await settled(server, single), await settled(server, usual)];
  assert.deepEqual([first.state, first.reason, first.attempts], ['failed', 'unknown', 1]);
  assert.equal((await attemptsOf(server, single))[0]?.result, 'interrupted');
  assert.deepEqual([second.state, second.attempts], ['succeeded', 2]);
  const paths = target.arrivals.map(({ url }) => url).sort();
  assert.deepEqual(paths, ['/again', '/again', '/once']);
  await server.end('SIGTERM');
});

test('an ordered queue whose job a kill -9 ended is parked, and the event told', async () => {
  await using target = await startTarget(() => {});
  const options = { store: join(folder, 'park.db'), port: await freePort() };
  let server = await startServer(options);
  const queue = { name: 'line', order: 'strict', onFailure: 'park' };
  const headers = { 'content-type': 'application/json' };
  const jobs = ['first', 'second'].map((name) => {
    return { url: `${target.url}/${name}`, queue, delivery: 'at-most-once' };
  });
  await call(`${server.url}/v1/jobs`, { headers, body: JSON.stringify(jobs) });
  await until('the head arrives', () => target.arrivals.length === 1);
  await server.end('SIGKILL');
  server = await startServer(options);
  const line = await until('the queue is parked', async () => {
    const view = await callJson<QueueView>(`${server.url}/v1/queues/line`);
    return view.paused && view;
  });
  assert.ok(line.parkedBy);
  assert.equal(line.waiting, 1);
  assert.equal(target.arrivals.length, 1);
  const metrics = (await call(`${server.url}/metrics`)).body.toString();
  assert.match(metrics, /^sendoff_events_total\{type="job.failed"\} 1$/m);
  await server.end('SIGTERM');
});

test('a stop that cuts it off ends the job as `unknown`', async () => {
  await using target = await startTarget(() => {});
  const options = {
    store: join(folder, 'stop.db'),
    port: await freePort(),
    args: ['--drain', '0s'],
  };
  let server = await startServer(options);
  const id = await handOver(server, target.url, once);
  await until('it arrives', () => target.arrivals.length === 1);
  await server.end('SIGTERM');
  server = await startServer(options);
  const job = await settled(server, id);
  assert.deepEqual([job.state, job.reason, target.arrivals.length], ['failed', 'unknown', 1]);
  await server.end('SIGTERM');
});

test('an answer or a broken connection is the end; no byte out is tried again', async () => {
  const options = { store: join(folder, 'answers.db'), port: await freePort() };
  const server = await startServer(options);
  const port = await freePort();
  const retrying = { ...once, 'sendoff-retry': '{"delays":["50ms"],"limit":1000}' };
  const early = await handOver(server, `http://127.0.0.1:${port}/early`, retrying);
  await until('it was refused', async () => {
    return (await attemptsOf(server, early)).some(({ error }) => error === 'refused');
  });
  await using target = await startTarget((response, { url }) => {
    if (url === '/reset') response.destroy();
    else response.writeHead(url === '/busy' ? 503 : 200).end();
  }, port);
  assert.equal((await settled(server, early)).state, 'succeeded');
  const busy = await settled(server, await handOver(server, `${target.url}/busy`, retrying));
  assert.deepEqual([busy.reason, busy.attempts], ['exhausted', 1]);
  const reset = await settled(server, await handOver(server, `${target.url}/reset`, retrying));
  assert.deepEqual([reset.reason, reset.attempts], ['unknown', 1]);
  assert.equal(target.arrivals.length, 3);
  await server.end('SIGTERM');
});
