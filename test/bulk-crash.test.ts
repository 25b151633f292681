// A retry of many dead letters: counted first, killed in the middle, aborted in the middle, begun
// again for the rest and killed again. None is done twice and none is left.
// `SENDOFF_BULK_JOBS=100000` is the long run; its figures are printed.

import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, test } from 'node:test';
import type { AttemptView, BulkPreview, BulkView, CausePage } from '../src/index.ts';
import { call, callJson } from './support/call.ts';
import { makeFolder, removeFolder } from './support/folder.ts';
import { freePort } from './support/free-port.ts';
import { residentBytes } from './support/processes.ts';
import { endServers, type ServerProcess, startServer } from './support/server-process.ts';
import { type Arrival, startTarget } from './support/target-server.ts';
import { until } from './support/until.ts';

const JOBS = Number(process.env.SENDOFF_BULK_JOBS ?? 4_000);
const PIECE = 10_000;
const withinMs = 60_000 + JOBS * 5;

const folder = makeFolder('bulk-crash');

after(async () => {
  await endServers();
  removeFolder(folder);
});

async function handOver(server: ServerProcess, target: string): Promise<void> {
  const headers = { 'content-type': 'application/x-ndjson' };
  for (let at = 0; at < JOBS; at += PIECE) {
    // What a busy machine cannot connect is tried again; a 404 is not.
    const retry = { limit: 20, delays: ['50ms'] };
    const line = JSON.stringify({ url: `${target}/x`, retry, queue: 'dead', body: 'letter' });
    const body = `${line}\n`.repeat(Math.min(PIECE, JOBS - at));
    const answer = await call(`${server.url}/v1/jobs`, { headers, body });
    assert.equal(answer.status, 200);
  }
}

async function failedNow(server: ServerProcess): Promise<number> {
  const { causes } = await callJson<CausePage>(`${server.url}/v1/causes`);
  return causes.reduce((sum, { jobs }) => sum + jobs, 0);
}

function post<Answer>(server: ServerProcess, path: string, value: object = {}): Promise<Answer> {
  const headers = { 'content-type': 'application/json' };
  return callJson<Answer>(`${server.url}${path}`, { headers, body: JSON.stringify(value) });
}

function look(server: ServerProcess, id: string): Promise<BulkView> {
  return callJson<BulkView>(`${server.url}/v1/bulk/${id}`);
}

/** In its middle. */
function underWay(server: ServerProcess, id: string, beyond: number): Promise<BulkView> {
  return until(
    `operation ${id} is under way`,
    async () => {
      const bulk = await look(server, id);
      assert.equal(bulk.state, 'running', `it was over too soon: ${JSON.stringify(bulk)}`);
      return bulk.progress.done > beyond && bulk;
    },
    { withinMs },
  );
}

/** Jobs that were sent more often than once had attempts that a kill interrupted. */
async function attemptsOf(server: ServerProcess, id: string): Promise<string[]> {
  const path = `${server.url}/v1/jobs/${id}/attempts`;
  const { attempts } = await callJson<{ attempts: AttemptView[] }>(path);
  return attempts.map(({ result }) => result);
}

test(`${JOBS} dead letters are retried across kills and an abort, none twice`, async (t) => {
  let status = 404;
  await using target = await startTarget((response) => {
    response.writeHead(status).end();
  });
  const options = { store: join(folder, 's.db'), port: await freePort() };
  let server = await startServer(options);
  await handOver(server, target.url);
  await until('all are dead', async () => (await failedNow(server)) === JOBS, { withinMs });
  const before = target.arrivals.length;
  status = 200;

  const request = { action: 'retry', filter: { queue: 'dead', status: 404 } };
  const countedAt = performance.now();
  const preview = await post<BulkPreview>(server, '/v1/bulk/preview', request);
  const countMs = performance.now() - countedAt;
  assert.deepEqual([preview.jobs, preview.partial, preview.sample.length], [JOBS, undefined, 10]);

  const first = await post<BulkView>(server, '/v1/bulk', request);
  const atKill = await underWay(server, first.id, 0);
  await server.end('SIGKILL');
  server = await startServer(options);
  const resumed = await underWay(server, first.id, atKill.progress.done);
  const aborted = await post<BulkView>(server, `/v1/bulk/${first.id}/abort`);
  assert.equal(aborted.state, 'aborted');
  const { done } = aborted.progress;
  assert.ok(done >= resumed.progress.done && done < JOBS, `${done} were done`);
  await until('what was done is mended', async () => (await failedNow(server)) === JOBS - done, {
    withinMs,
  });
  assert.equal((await look(server, first.id)).progress.done, done);

  const begunAt = performance.now();
  const rest = await post<BulkView>(server, '/v1/bulk', request);
  assert.equal(rest.expected.jobs, JOBS - done);
  await underWay(server, rest.id, 0);
  await server.end('SIGKILL');
  server = await startServer(options);
  const ended = await until(
    'the rest is done',
    async () => {
      const bulk = await look(server, rest.id);
      return bulk.state === 'done' && bulk;
    },
    { withinMs },
  );
  const tookMs = performance.now() - begunAt;
  assert.deepEqual([ended.progress.matched, ended.progress.done], [JOBS - done, JOBS - done]);
  await until('all are mended', async () => await areAllMended(server), { withinMs });

  const repeated = await repeatedOf(server, target.arrivals.slice(before));
  const rate = Math.round((JOBS - done) / (tookMs / 1_000));
  const rss = Math.round(residentBytes(server.pid) / 1_048_576);
  t.diagnostic(
    `${JOBS} counted in ${Math.round(countMs)} ms; ${done} done at the abort; ${JOBS - done} ` +
      `done in ${Math.round(tookMs)} ms with a kill and a start, ${rate}/s; ${repeated} ` +
      `sent again because a kill interrupted them; 0 done twice; RSS ${rss} MiB`,
  );
});

/** Each job was mended once; how many were sent again because a kill interrupted them. */
async function repeatedOf(server: ServerProcess, arrivals: readonly Arrival[]): Promise<number> {
  const sent = new Map<string, number>();
  for (const { key } of arrivals) sent.set(key, (sent.get(key) ?? 0) + 1);
  assert.equal(sent.size, JOBS);
  const repeated = [...sent].filter(([, times]) => times > 1);
  for (const [id] of repeated) {
    const results = await attemptsOf(server, id);
    assert.equal(results.filter((result) => result === 'success').length, 1, results.join());
  }
  return repeated.length;
}

async function areAllMended(server: ServerProcess): Promise<boolean> {
  const { jobs } = await callJson<{ jobs: unknown[] }>(`${server.url}/v1/jobs?state=pending`);
  const { jobs: running } = await callJson<{ jobs: unknown[] }>(
    `${server.url}/v1/jobs?state=running`,
  );
  return jobs.length + running.length === 0 && (await failedNow(server)) === 0;
}
