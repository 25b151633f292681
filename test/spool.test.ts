// Jobs that wait in the folder beside the store, and everything else that may lie there.

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  linkSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  statSync,
  symlinkSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { after, before, beforeEach, type TestContext, test } from 'node:test';
import { open, type RunningServer, type ServeOptions, serve } from '../src/index.ts';
import type { JobView } from '../src/sendoff.ts';
import { makeFolder, removeFolder } from './support/folder.ts';
import { startTarget, type TargetServer } from './support/target-server.ts';
import { until } from './support/until.ts';

const folder = makeFolder('spool');
let target: TargetServer;
let store: string;
let spool: string;
let stores = 0;

before(async () => {
  target = await startTarget((response) => void response.end('ok'));
});

beforeEach(() => {
  store = join(folder, `${++stores}.db`);
  spool = `${store}.spool`;
});

after(async () => {
  await target[Symbol.asyncDispose]();
  removeFolder(folder);
});

const UUID = '0198c0de-0000-7000-8000-00000000000';

/** As a careful writer does it. */
function leave(name: string, job: unknown): void {
  const text = typeof job === 'string' ? job : JSON.stringify(job);
  writeFileSync(join(spool, '.tmp-x'), text);
  utimesSync(join(spool, '.tmp-x'), 0, 0);
  renameSync(join(spool, '.tmp-x'), join(spool, name));
}

/** A server that ends with its test. */
async function start(t: TestContext, options: Partial<ServeOptions> = {}): Promise<RunningServer> {
  const server = await serve({ store, listen: ['127.0.0.1:0'], ...options });
  t.after(() => server.close({ drainMs: 0 }));
  return server;
}

async function emptied(): Promise<void> {
  await until('the spool is empty', () => {
    return readdirSync(spool).every((name) => !name.endsWith('.json'));
  });
}

function reasonOf(name: string): { code: string; detail: string } {
  return JSON.parse(readFileSync(join(spool, 'refused', `${name}.reason.json`), 'utf8'));
}

test('a server makes the folder for its group, and takes what is left there', async (t) => {
  const server = await start(t);
  assert.equal(statSync(spool).mode & 0o7777, 0o770);
  leave(`${UUID}1.json`, { id: `${UUID}1`, url: `${target.url}/taken`, body: 'x' });
  leave(`${UUID}2.json`, { url: `${target.url}/named`, bodyBase64: 'AAH/' });
  await emptied();
  const sendoff = await open(`unix:${server.socketPath}`);
  assert.equal(urlOf(await sendoff.get(`${UUID}1`)), `${target.url}/taken`);
  const named = (await sendoff.get(`${UUID}2`))?.target;
  assert.equal(named?.kind === 'http' && named.bodyBytes, 3);
  await sendoff.close();
  await server.close();
});

test('the folder follows the socket: its group, and whether the group may come', async (t) => {
  const group = String(process.getegid?.());
  const shared = await start(t, { socketMode: 0o660, socketGroup: group });
  assert.equal(statSync(spool).mode & 0o7777, 0o3770);
  await shared.close();
  const closed = await start(t, { socketMode: 0o600 });
  assert.equal(statSync(spool).mode & 0o777, 0o700);
  await closed.close();
});

test('a folder that everybody may write into is not used', async (t) => {
  mkdirSync(spool);
  chmodSync(spool, 0o777);
  const said: string[] = [];
  const log = (_level: string, message: string): void => void said.push(message);
  leave(`${UUID}1.json`, { url: `${target.url}/open` });
  const server = await start(t, { log });
  await until('it is said', () => said.includes('The spool is not read'));
  assert.ok(existsSync(join(spool, `${UUID}1.json`)));
  await server.close();
});

test('a link in the place of the folder is not followed, nor its target changed', async (t) => {
  const elsewhere = `${store}.elsewhere`;
  mkdirSync(elsewhere, { mode: 0o700 });
  symlinkSync(elsewhere, spool);
  const server = await start(t, { socketMode: 0o660 });
  assert.equal(statSync(elsewhere).mode & 0o777, 0o700);
  await server.close();
});

test('what waits when a server starts is taken in the order of the names, once', async (t) => {
  mkdirSync(spool);
  const numbers = Array.from({ length: 600 }, (_, index) => String(index).padStart(3, '0'));
  const idOf = (number: string): string => `0198c0de-0000-7000-8000-000000000${number}`;
  for (const number of numbers) {
    leave(`${idOf(number)}.json`, {
      url: `${target.url}/order`,
      queue: 'q',
      delay: '1h',
      tags: ['o'],
    });
  }
  const server = await start(t);
  await emptied();
  await using sendoff = await open(`unix:${server.socketPath}`);
  const page = await sendoff.list({ queue: 'q', limit: 200 });
  assert.deepEqual(
    page.jobs.map(({ id }) => id),
    numbers.slice(-200).reverse().map(idOf),
  );
  leave(`${idOf('001')}.json`, {
    url: `${target.url}/order`,
    queue: 'q',
    delay: '1h',
    tags: ['o'],
  });
  await emptied();
  assert.ok(!existsSync(join(spool, 'refused')), 'a repeat is harmless');
  await sendoff.close();
  await server.close();
});

test('a store opened in a program takes from a folder that is there, and makes none', async () => {
  const first = await open(store);
  assert.ok(!existsSync(spool));
  mkdirSync(spool);
  leave(`${UUID}1.json`, { url: `${target.url}/library` });
  await emptied();
  assert.equal(urlOf(await first.get(`${UUID}1`)), `${target.url}/library`);
  await first.close();
});

test('what can never be a job is moved aside with the reason, and said as an event', async (t) => {
  const server = await start(t, { requestBodyBytes: 1_000 });
  await using sendoff = await open(`unix:${server.socketPath}`);
  const stop = new AbortController();
  const refused: (string | undefined)[] = [];
  const listening = (async () => {
    for await (const event of sendoff.events({ signal: stop.signal })) {
      if (event.type === 'spool.refused') refused.push(event.file);
    }
  })();
  await until('somebody listens', async () => (await sendoff.send(target.url)) && true);
  const secret = join(folder, 'secret');
  writeFileSync(secret, JSON.stringify({ id: `${UUID}9`, url: `${target.url}/secret` }));
  symlinkSync(secret, join(spool, 'link.json'));
  linkSync(secret, join(spool, 'hard.json'));
  execFileSync('mkfifo', [join(spool, 'pipe.json')]);
  mkdirSync(join(spool, 'folder.json'));
  writeFileSync(join(spool, 'folder.json', 'inside'), 'x');
  writeFileSync(join(spool, '.tmp-huge'), '');
  truncateSync(join(spool, '.tmp-huge'), 2 ** 40);
  renameSync(join(spool, '.tmp-huge'), join(spool, 'huge.json'));
  leave('text.json', 'hello');
  leave('array.json', '[]');
  leave('nameless.json', { url: target.url });
  leave(`${UUID}3.json`, { url: 'ftp://a/' });
  leave(`${UUID}4.json`, { url: target.url, bodi: 'x' });
  const codes = {
    link: 'not_a_file',
    hard: 'not_a_file',
    pipe: 'not_a_file',
    folder: 'not_a_file',
    huge: 'body_too_large',
    text: 'invalid_json',
    array: 'invalid_json_type',
    nameless: 'invalid_id',
    [`${UUID}3`]: 'scheme_not_allowed',
    [`${UUID}4`]: 'unknown_field',
  };
  await emptied();
  for (const [name, code] of Object.entries(codes)) {
    await until(`${name} is refused`, () =>
      existsSync(join(spool, 'refused', `${name}.reason.json`)),
    );
    assert.equal(reasonOf(name).code, code, name);
    assert.ok(lstatSync(join(spool, 'refused', `${name}.json`)), name);
  }
  const files = Object.keys(codes).map((name) => `${name}.json`);
  await until('all are said', () => refused.length >= files.length);
  assert.deepEqual(refused.sort(), files.sort());
  assert.equal(await sendoff.get(`${UUID}9`), undefined, 'no link was followed');
  stop.abort();
  await listening;
  await sendoff.close();
  await server.close();
});

test('a name that is too long, or that of a reason, is moved aside under another', async (t) => {
  const server = await start(t);
  const before = [`${'x'.repeat(250)}.json`, `${UUID}6.reason.json`, `${UUID}6.json`];
  for (const name of before) {
    leave(name, []);
    await until(`${name} is gone`, () => !existsSync(join(spool, name)));
  }
  const ofReasons = (name: string): boolean => name.endsWith('.reason.json');
  await until('each has its reason', () => {
    // A reason that is not written to its end has a hidden name.
    const names = readdirSync(join(spool, 'refused')).filter((name) => !name.startsWith('.'));
    return names.filter(ofReasons).length === 3 && names.length === 6;
  });
  assert.equal(reasonOf(`${UUID}6`).code, 'invalid_json_type');
  await server.close();
});

test('a refused file that is moved back is tried again', async (t) => {
  const server = await start(t);
  leave(`${UUID}5.json`, { url: 'ftp://a/' });
  const aside = join(spool, 'refused', `${UUID}5.json`);
  await until('it is refused', () => existsSync(aside));
  writeFileSync(aside, JSON.stringify({ url: `${target.url}/mended` }));
  renameSync(aside, join(spool, `${UUID}5.json`));
  await until('it arrives', () => target.arrivals.some(({ url }) => url === '/mended'));
  await server.close();
});

test('a file that is still being written is left until it is whole', async (t) => {
  const server = await start(t);
  const path = join(spool, `${UUID}6.json`);
  writeFileSync(path, `{"url":"${target.url}/whole"`);
  leave(`${UUID}7.json`, { url: `${target.url}/after` });
  await until('the next is taken', () => target.arrivals.some(({ url }) => url === '/after'));
  assert.ok(existsSync(path));
  writeFileSync(path, `{"url":"${target.url}/whole"}`);
  await until('it is taken', () => target.arrivals.some(({ url }) => url === '/whole'));
  await server.close();
});

test('a link in the place of the folder for refused files leads nowhere', async (t) => {
  const elsewhere = join(folder, 'elsewhere');
  mkdirSync(elsewhere);
  mkdirSync(spool);
  symlinkSync(elsewhere, join(spool, 'refused'));
  leave('bad.json', 'no');
  leave(`${UUID}8.json`, { url: `${target.url}/beside` });
  const server = await start(t);
  await until('others are taken', () => target.arrivals.some(({ url }) => url === '/beside'));
  assert.deepEqual(readdirSync(elsewhere), []);
  assert.ok(existsSync(join(spool, 'bad.json')));
  await server.close();
});

test('hidden temporary files are left alone for an hour, then removed', async (t) => {
  mkdirSync(spool);
  const [young, old] = [join(spool, '.tmp-young'), join(spool, '.tmp-old')];
  writeFileSync(young, '{');
  writeFileSync(old, '{');
  utimesSync(old, 0, 0);
  const server = await start(t);
  await until('the old one is gone', () => !existsSync(old));
  assert.ok(existsSync(young));
  await server.close();
});

function urlOf(job: JobView | undefined): string | undefined {
  return job?.target.kind === 'http' ? job.target.url : undefined;
}
