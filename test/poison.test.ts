// A job under which the process dies again and again: it is tried alone, and if the process dies
// then too, it is the job's fault. Jobs that only happened to be under way are not blamed.

import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import type { AttemptView, JobView, Receipt } from '../src/sendoff.ts';
import { call, callJson } from './support/call.ts';
import { makeFolder, removeFolder } from './support/folder.ts';
import { freePort } from './support/free-port.ts';
import { endServers, startServer } from './support/server-process.ts';
import { startTarget, type TargetServer } from './support/target-server.ts';
import { until } from './support/until.ts';

const folder = makeFolder('poison');
let target: TargetServer;
let isBystanderSlow = true;

before(async () => {
  target = await startTarget((response, { url }) => {
    // The poison never gets an answer: its arrival is when the process dies.
    if (url === '/bystander' && !isBystanderSlow) response.end('done');
  });
});

after(async () => {
  await endServers();
  await target[Symbol.asyncDispose]();
  removeFolder(folder);
});

test('a job under which four processes die fails as poison; a bystander does not', async () => {
  const options = { store: join(folder, 'poison.db'), port: await freePort() };
  let server = await startServer(options);
  const handOver = async (name: string): Promise<string> => {
    const to = `${server.url}/v1/to?url=${encodeURIComponent(`${target.url}/${name}`)}`;
    return (await callJson<Receipt>(to, { body: 'x' })).id;
  };
  const get = (id: string): Promise<JobView> => callJson(`${server.url}/v1/jobs/${id}`);
  const poison = await handOver('poison');
  for (let death = 1; death <= 4; death++) {
    await until(`arrival ${death}`, () => arrivalsOf(poison) === death);
    // Under way at the first death too, and not to blame.
    const bystander = death === 1 ? await handOver('bystander') : undefined;
    if (bystander) await until('the bystander arrives', () => arrivalsOf(bystander) === 1);
    await server.end('SIGKILL');
    isBystanderSlow = false;
    server = await startServer(options);
  }
  const job = await until('it has failed', async () => {
    const view = await get(poison);
    return view.settledAt !== undefined && view;
  });
  assert.deepEqual([job.state, job.reason], ['failed', 'poison']);
  const { attempts } = await callJson<{ attempts: AttemptView[] }>(
    `${server.url}/v1/jobs/${poison}/attempts`,
  );
  assert.deepEqual(
    attempts.map(({ result }) => result),
    ['interrupted', 'interrupted', 'interrupted', 'interrupted'],
  );
  assert.equal(arrivalsOf(poison), 4);
  const answer = await call(`${server.url}/v1/jobs/${poison}/response`);
  assert.equal(answer.status, 502);
  assert.equal(JSON.parse(answer.body.toString()).code, 'no_response');
  const [bystander] = target.arrivals.filter(({ url }) => url === '/bystander');
  assert.equal((await get(bystander?.key ?? '')).state, 'succeeded');
});

function arrivalsOf(id: string): number {
  return target.arrivals.filter(({ key }) => key === id).length;
}
