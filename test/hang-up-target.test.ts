// A target that takes its time and stops its work when its caller hangs up, as many web servers
// have it: the old ways of not waiting lose that work, sendoff does not.
// TARGET_WORK_MS=20000 makes the target as slow as the story has it.

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import type { JobView, Receipt } from '../src/sendoff.ts';
import { callJson } from './support/call.ts';
import { makeFolder, removeFolder } from './support/folder.ts';
import { freePort } from './support/free-port.ts';
import { runPhp, whyNoPhp } from './support/php.ts';
import { endServers, type ServerProcess, startServer } from './support/server-process.ts';
import { until } from './support/until.ts';

const WORK_MS = Number(process.env.TARGET_WORK_MS ?? 2_000);

const folder = makeFolder('hang-up-target');
const stopped: string[] = [];
const completed: string[] = [];
const target = createServer((request, response) => {
  const name = request.url ?? '';
  const work = setTimeout(() => {
    completed.push(name);
    response.end(`done ${name}`);
  }, WORK_MS);
  response.on('close', () => {
    if (response.writableFinished) return;
    clearTimeout(work);
    stopped.push(name);
  });
});
let server: ServerProcess;
let port: number;

before(async () => {
  target.listen(0, '127.0.0.1');
  await once(target, 'listening');
  port = (target.address() as AddressInfo).port;
  server = await startServer({ store: join(folder, 'slow.db'), port: await freePort() });
});

after(async () => {
  await endServers();
  target.closeAllConnections();
  target.close();
  removeFolder(folder);
});

const skip = whyNoPhp() ?? false;

test('cURL with a short timeout ends the work that it called', { skip }, async () => {
  const script = `$c = curl_init($argv[1]);
    curl_setopt_array($c, [CURLOPT_TIMEOUT_MS => 200, CURLOPT_NOSIGNAL => 1]);
    curl_exec($c); echo curl_errno($c);`;
  const { stdout } = await runPhp(script, [`http://127.0.0.1:${port}/curl`]);
  assert.equal(stdout, '28', 'it ran into its timeout');
  await until('the target has stopped', () => stopped.includes('/curl'));
  assert.ok(!completed.includes('/curl'));
});

test('fsockopen, write and close, ends the work that it called', { skip }, async () => {
  const script = `$s = fsockopen('127.0.0.1', (int) $argv[1]);
    fwrite($s, "GET /socket HTTP/1.0\\r\\nHost: a\\r\\n\\r\\n");
    fclose($s);`;
  await runPhp(script, [String(port)]);
  await until('the target has stopped', () => stopped.includes('/socket'));
  assert.ok(!completed.includes('/socket'));
});

test('sendoff lets it work to its end and keeps the answer', async () => {
  const to = encodeURIComponent(`http://127.0.0.1:${port}/sendoff`);
  const startedAt = performance.now();
  const { id } = await callJson<Receipt>(`${server.url}/v1/to?url=${to}`, { method: 'POST' });
  const handedOverMs = performance.now() - startedAt;
  assert.ok(handedOverMs < WORK_MS, `it took ${handedOverMs} ms`);
  const wait = { headers: { prefer: 'wait=60' } };
  const job = await callJson<JobView>(`${server.url}/v1/jobs/${id}`, wait);
  assert.deepEqual([job.state, job.attempts, job.response?.bodyBytes], ['succeeded', 1, 13]);
  assert.deepEqual(completed, ['/sendoff']);
});

test('a toss lets it work to its end, too', async () => {
  const to = encodeURIComponent(`http://127.0.0.1:${port}/toss`);
  const startedAt = performance.now();
  const answer = await fetch(`${server.url}/v1/toss?url=${to}`, { method: 'POST' });
  assert.equal(answer.status, 202);
  const takenMs = performance.now() - startedAt;
  assert.ok(takenMs < WORK_MS, `it took ${takenMs} ms`);
  await until('the target has done its work', () => completed.includes('/toss'), {
    withinMs: WORK_MS + 20_000,
  });
  assert.ok(!stopped.includes('/toss'));
});
