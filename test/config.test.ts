// The configuration file of a server: found, checked, read again at SIGHUP.

import assert from 'node:assert/strict';
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { call } from './support/call.ts';
import { makeFolder, removeFolder } from './support/folder.ts';
import { freePort } from './support/free-port.ts';
import { endServers, spawnServer, startServer } from './support/server-process.ts';
import { until } from './support/until.ts';

const folder = makeFolder('config');
after(async () => {
  await endServers();
  removeFolder(folder);
});

function file(name: string, text: string, mode = 0o600): string {
  const path = join(folder, name);
  writeFileSync(path, text);
  chmodSync(path, mode);
  return path;
}

async function startError(config: string): Promise<string> {
  const store = join(folder, 'refused.db');
  const server = spawnServer({ store, port: await freePort(), args: ['--config', config] });
  assert.equal((await server.exited).code, 78);
  return server.stderr();
}

test('a field that nobody knows is refused, and the file is named', async () => {
  const path = file('unknown.json', '{"comands": {}}');
  assert.match(await startError(path), /unknown\.json: Unknown field `comands`/);
  const keep = file('keep.json', '{"keep": {"job": "soon"}}');
  assert.match(await startError(keep), /keep\.json: Expected `keep\.job`/);
});

test('a file that is no JSON, is not there, or is open to all is refused', async () => {
  assert.match(await startError(file('broken.json', '{')), /Cannot read .*broken\.json/);
  assert.match(await startError(join(folder, 'none.json')), /none\.json: ENOENT/);
  const shared = file('shared.json', '{}', 0o666);
  assert.match(await startError(shared), /Everybody may write to .*shared\.json/);
});

test('a file that everybody may put in its place is refused', async () => {
  const open = join(folder, 'open');
  mkdirSync(open);
  chmodSync(open, 0o1777);
  const path = file('open/placed.json', '{}');
  assert.match(await startError(path), /Everybody may write to .*open, and so change/);
});

test('a running server reads it again at SIGHUP; a broken one changes nothing', async () => {
  const path = file('live.ts', 'export default { keep: { job: "1h" } };');
  const store = join(folder, 'live.db');
  const server = await startServer({ store, port: await freePort(), args: ['--config', path] });
  server.signal('SIGHUP');
  await until('it was read again', () => server.stderr().includes('again'));
  file('live.ts', 'export default { nonsense: 1 }; // changed');
  server.signal('SIGHUP');
  await until('it complained', () => server.stderr().includes('The configuration before it stays'));
  file('live.ts', `export default { commands: { x: { program: '/bin/true', user: 'gone' } } };`);
  server.signal('SIGHUP');
  await until('it names the user', () => server.stderr().includes('commands.x.user'));
  assert.equal((await fetch(`${server.url}/healthz`)).status, 200);
  assert.equal((await server.end('SIGTERM')).code, 0);
});

test('publishable routes come, change and go with the file', async () => {
  const route = (origin: string): string => {
    const order = { key: 'pk_12345678', url: 'https://a.example/', origins: [origin] };
    return JSON.stringify({ routes: { order } });
  };
  const path = file('routes.json', route('https://one.example'));
  const store = join(folder, 'routes.db');
  const server = await startServer({ store, port: await freePort(), args: ['--config', path] });
  const ask = async (origin: string): Promise<number> => {
    const headers = { origin, 'access-control-request-method': 'POST' };
    const answer = await call(`${server.url}/v1/routes/order`, { method: 'OPTIONS', headers });
    return answer.status;
  };
  assert.deepEqual(
    [await ask('https://one.example'), await ask('https://two.example')],
    [204, 403],
  );
  file('routes.json', route('https://two.example'));
  server.signal('SIGHUP');
  await until('the other may', async () => (await ask('https://two.example')) === 204);
  assert.equal(await ask('https://one.example'), 403);
  file('routes.json', '{}');
  server.signal('SIGHUP');
  await until('it is gone', async () => (await ask('https://two.example')) === 404);
  await server.end('SIGTERM');
});

test('what it says of queues and limits counts at SIGHUP, and stays said', async () => {
  const say = (queues: object, limits: object): string =>
    file('queues.json', JSON.stringify({ queues, limits }));
  const path = say({ printer: { concurrency: 1 } }, { smtp: { rate: '7/s' } });
  const store = join(folder, 'queues.db');
  const server = await startServer({ store, port: await freePort(), args: ['--config', path] });
  const ask = async (what: string, body?: string): Promise<Record<string, unknown>> => {
    const json = { 'content-type': 'application/json' };
    const change = body === undefined ? {} : { method: 'PATCH', body, headers: json };
    return JSON.parse(String((await call(`${server.url}/v1/${what}`, change)).body));
  };
  const printer = await ask('queues/printer');
  assert.deepEqual([printer.concurrency, printer.pinned], [1, ['concurrency']]);
  assert.equal((await ask('limits/smtp')).rate, '7/s');
  assert.equal((await ask('queues/printer', '{"concurrency": 5}')).code, 'fixed_value');
  assert.equal((await ask('queues/printer', '{"rate": "9/s"}')).rate, '9/s');
  say({ printer: { concurrency: 0 } }, {});
  server.signal('SIGHUP');
  await until('it complained', () => server.stderr().includes('queues.printer.concurrency'));
  assert.equal((await ask('queues/printer')).concurrency, 1);
  say({ printer: { order: 'strict' } }, { smtp: { rate: '8/s' } });
  server.signal('SIGHUP');
  await until('the rate is another', async () => (await ask('limits/smtp')).rate === '8/s');
  const { concurrency, order, rate, pinned } = await ask('queues/printer');
  assert.deepEqual([concurrency, order, rate, pinned], [undefined, 'strict', '9/s', ['order']]);
  assert.equal((await ask('queues/printer', '{"concurrency": 1}')).concurrency, 1);
  await server.end('SIGTERM');
});
