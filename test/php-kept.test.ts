// Connections that PHP keeps from page to page: used again, and never with somebody else's answer.

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { readdirSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import { join } from 'node:path';
import { after, afterEach, beforeEach, describe, test } from 'node:test';
import { makeFolder, removeFolder } from './support/folder.ts';
import { freePort } from './support/free-port.ts';
import { whyNoPhp } from './support/php.ts';
import { type Pages, startPages } from './support/php-pages.ts';
import { patient, resultOf } from './support/sendoff-php.ts';
import { endServers, startServer } from './support/server-process.ts';

const skip = whyNoPhp() ?? false;
const folder = makeFolder('php-kept');
let store: string;
let stores = 0;
let pages: Pages;

beforeEach(async () => {
  store = join(folder, `${++stores}.db`);
  if (!skip) pages = await startPages(folder, { ...patient, SENDOFF_STORE: store });
});

afterEach(() => pages?.close());

after(async () => {
  await endServers();
  removeFolder(folder);
});

const target = 'http://127.0.0.1:9999/';
const later = "['delay' => '1h']";
const handOver = `$result = sendoff('${target}', null, ${later});`;

interface Listener extends AsyncDisposable {
  connections(): number;
}

/** Says 202 to every job, with the id that it brought. */
async function listen(): Promise<Listener> {
  let connections = 0;
  const server: Server = createServer(async (request, response) => {
    let text = '';
    try {
      for await (const chunk of request) text += String(chunk);
    } catch {
      return; // the sender broke off
    }
    const { id } = JSON.parse(text);
    const body = JSON.stringify({ id });
    response.writeHead(202, { 'content-length': body.length }).end(body);
  });
  server.on('connection', () => connections++);
  server.listen(`${store}.sock`);
  await once(server, 'listening');
  return {
    connections: () => connections,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

describe('a connection from page to page', { skip }, () => {
  test('many pages hand over through one', async () => {
    await using listener = await listen();
    for (let n = 0; n < 5; n++) await pages.page(`${handOver} sendoff('${target}');`);
    assert.equal(listener.connections(), 1);
  });

  test('an answer that a page left unread is not taken for the next one', async () => {
    await using listener = await listen();
    await pages.page(handOver);
    const left = `$c = new SendoffConnection('hand-over');
      $s = $c->open(['places' => [['address' => 'unix://${store}.sock']]], Sendoff::now() + 1, $p);
      $job = '{"id":"somebody-else"}';
      fwrite($s, "POST / HTTP/1.1\\r\\nhost: a\\r\\ncontent-length: 22\\r\\n\\r\\n$job");
      usleep(50000);`;
    await pages.page(left);
    assert.equal(listener.connections(), 1, 'it was left on the kept connection');
    const id = await pages.page<string>("$result = sendoff('http://a/', null, ['id' => 'mine']);");
    assert.equal(id, 'mine');
    assert.equal(listener.connections(), 2);
    await pages.page(handOver);
    assert.equal(listener.connections(), 2, 'the new one is kept');
  });

  test('half a toss that a page left is not finished by the next one', async () => {
    await using listener = await listen();
    const toss = '$result = Sendoff::toss(\'http://a/\', \'{"id":"toss"}\');';
    await pages.page(toss);
    const left = `$c = new SendoffConnection('toss');
      $s = $c->open(['places' => [['address' => 'unix://${store}.sock']]], Sendoff::now() + 1, $p);
      fwrite($s, "POST / HTTP/1.1\\r\\nhost: a\\r\\ncontent-length: 9999\\r\\n\\r\\n{");`;
    await pages.page(left);
    const counts = `${toss} usleep(100000); $result = Sendoff::tossed();`;
    assert.deepEqual(await pages.page(counts), { sent: 1, taken: 1, refused: 0, failed: 0 });
    assert.equal(listener.connections(), 2);
  });

  test('a server that was started again is found again, and nothing is spooled', async () => {
    const port = await freePort();
    const first = await startServer({ store, port });
    await pages.page(`Sendoff::toss('${target}'); ${handOver}`);
    await first.end();
    const second = await startServer({ store, port });
    const id = await pages.page<string>(handOver);
    const known = `$result = [Sendoff::get('${id}')['id'], Sendoff::toss('${target}')];`;
    assert.deepEqual(await pages.page(known), [id, true]);
    assert.deepEqual(readdirSync(`${store}.spool`), []);
    await second.end();
  });

  test('a process and its fork do not share one', async () => {
    const server = await startServer({ store, port: await freePort() });
    const script = `sendoff('${target}', null, ${later});
      $child = pcntl_fork();
      $ids = [];
      for ($i = 0; $i < 100; $i++) {
        $id = sprintf('00000000-0000-7000-8000-%06d%06d', $child === 0 ? 1 : 2, $i);
        if (sendoff('${target}', null, ['id' => $id] + ${later}) !== $id) { exit(3); }
      }
      if ($child === 0) { exit(0); }
      pcntl_waitpid($child, $status);
      $result = pcntl_wexitstatus($status);`;
    assert.equal(await resultOf(script, [], { ...patient, SENDOFF_STORE: store }), 0);
    assert.deepEqual(readdirSync(`${store}.spool`), []);
    await server.end();
  });
});
