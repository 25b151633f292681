// `Prefer: wait`: the target's own answer if it comes in time, else a receipt.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { startTarget } from './ledger-target.ts';
import { startServer } from './running-server.ts';

test('an answer in time is the target’s own, marked as such', async (t) => {
  const target = await startTarget(t, (_, response) => {
    response.writeHead(418, ['X-Mine', 'a', 'Set-Cookie', 'b=c', 'Sendoff-State', 'forged']);
    response.end('short and stout');
  });
  const server = await startServer(t);
  const headers = { prefer: 'respond-async, wait=9' };
  const to = `${server.url}/v1/to?url=${target.url}/x`;
  const answer = await fetch(to, { method: 'POST', headers });
  assert.equal(answer.status, 418);
  assert.equal(await answer.text(), 'short and stout');
  const shown = ['preference-applied', 'sendoff-state', 'x-mine', 'set-cookie'];
  assert.deepEqual(
    shown.map((name) => answer.headers.get(name)),
    ['wait=9', 'failed', 'a', null],
  );
  assert.match(answer.headers.get('sendoff-job') ?? '', /^[0-9a-f-]{36}$/);
});

test('an answer that is late leaves the caller with a receipt', async (t) => {
  const target = await startTarget(t, () => {});
  const server = await startServer(t);
  const to = `${server.url}/v1/to?url=${target.url}/x`;
  for (const prefer of ['wait=0', 'wait="1"', 'wait=x', 'wait=-1', 'wait']) {
    const answer = await fetch(to, { method: 'POST', headers: { prefer } });
    assert.equal(answer.status, 202, prefer);
    assert.equal(answer.headers.get('sendoff-state'), null);
  }
});

test('a duplicate waits for the job that is under way', async (t) => {
  const target = await startTarget(t, (_, response) => {
    setTimeout(() => response.end('once'), 300);
  });
  const server = await startServer(t);
  const headers = { prefer: 'wait=9', 'idempotency-key': 'one' };
  const to = `${server.url}/v1/to?url=${target.url}/x`;
  const both = [0, 1].map(() => fetch(to, { method: 'POST', headers }));
  for (const answer of await Promise.all(both)) assert.equal(await answer.text(), 'once');
  assert.equal(target.arrived.length, 1);
});

test('a job that settles without an answer is 502 and stored', async (t) => {
  const server = await startServer(t);
  const body = JSON.stringify({ url: 'http://127.0.0.1:61999/', retries: 0 });
  const headers = { prefer: 'wait=9', 'content-type': 'application/json' };
  const answer = await fetch(`${server.url}/v1/jobs`, { method: 'POST', body, headers });
  assert.equal(answer.status, 502);
  assert.equal(answer.headers.get('sendoff-state'), 'failed');
  const id = answer.headers.get('sendoff-job');
  assert.equal(((await answer.json()) as { code: string }).code, 'no_response');
  const response = await fetch(`${server.url}/v1/jobs/${id}/response`);
  assert.deepEqual([response.status, response.headers.get('sendoff-job')], [502, id]);
});

test('a job can be waited for by its id', async (t) => {
  const target = await startTarget(t);
  const server = await startServer(t);
  const to = `${server.url}/v1/to?url=${target.url}/x`;
  const headers = { 'sendoff-delay': '300ms' };
  const receipt = await fetch(to, { method: 'POST', headers });
  const job = await fetch(`${server.url}${receipt.headers.get('location')}`, {
    headers: { prefer: 'wait=999' },
  });
  assert.equal(job.headers.get('preference-applied'), 'wait=300');
  assert.equal(((await job.json()) as { state: string }).state, 'succeeded');
});
