// Fire and forget from PHP: over the kept line to a server, and the old function by itself.

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { makeFolder, removeFolder } from './support/folder.ts';
import { freePort } from './support/free-port.ts';
import { whyNoPhp } from './support/php.ts';
import { caught, patient, resultOf, type Settings } from './support/sendoff-php.ts';
import { endServers, type ServerProcess, startServer } from './support/server-process.ts';
import { type Arrival, startTarget, type TargetServer } from './support/target-server.ts';
import { until } from './support/until.ts';

const skip = whyNoPhp() ?? false;
const folder = makeFolder('php-toss');
const store = join(folder, 'toss.db');
let server: ServerProcess;
let target: TargetServer;
let bySocket: Settings;
let byTcp: Settings;

before(async () => {
  if (skip) return;
  target = await startTarget((response) => void response.end('thanks'));
  server = await startServer({ store, port: await freePort() });
  bySocket = { ...patient, SENDOFF_STORE: store };
  byTcp = { ...patient, SENDOFF_URL: server.url };
});

after(async () => {
  if (skip) return;
  await endServers();
  await target[Symbol.asyncDispose]();
  removeFolder(folder);
});

function arrived(path: string): Promise<Arrival> {
  return until(`${path} arrives`, () => target.arrivals.find(({ url }) => url === path));
}

function countOf(path: string): number {
  return target.arrivals.filter(({ url }) => url.startsWith(path)).length;
}

describe('Sendoff::toss()', { skip }, () => {
  test('a process and its forks do not write into the same connection', async () => {
    const script = `$result = Sendoff::toss($argv[1] . '/forked/parent', 'p'); $children = [];
      for ($n = 0; $n < 3; $n++) {
        $child = pcntl_fork();
        if ($child !== 0) { $children[] = $child; continue; }
        $body = str_repeat($n, 60000);
        for ($i = 0; $i < 50; $i++) { Sendoff::toss($argv[1] . "/forked/$n", $body); }
        for ($i = 0; $i < 5000 && Sendoff::tossed()['taken'] < 50; $i++) { usleep(1000); }
        exit(0);
      }
      foreach ($children as $child) { pcntl_waitpid($child, $status); }
      $result = Sendoff::toss($argv[1] . '/forked/parent', 'p');`;
    assert.equal(await resultOf(script, [target.url], bySocket), true);
    await until('all arrive', () => countOf('/forked/') === 152);
    for (const { url, body } of target.arrivals) {
      if (/\d$/.test(url)) assert.equal(body.toString(), url.slice(-1).repeat(60_000));
    }
  });

  test('a request goes out with its method, headers and body', async () => {
    for (const [path, settings] of [['/one', bySocket] as const, ['/two', byTcp] as const]) {
      const script = `$result = Sendoff::toss('PUT ' . $argv[1], ['é' => 1],
        ['headers' => ['X-A' => 'b', 'Cookie' => 'c=d', 'Authorization' => 'Bearer e']]);`;
      assert.equal(await resultOf(script, [target.url + path], settings), true);
      const { method, headers, body } = await arrived(path);
      assert.deepEqual([method, body.toString()], ['PUT', '{"é":1}']);
      const { cookie, authorization } = headers;
      assert.equal(headers['content-type'], 'application/json');
      assert.deepEqual([headers['x-a'], cookie, authorization], ['b', 'c=d', 'Bearer e']);
    }
  });

  test('thousands of them go over one line, and every answer is counted in the end', async () => {
    const script = `for ($i = 0; $i < 3000; $i++) Sendoff::toss($argv[1] . '/many?' . $i, 'x');
      for ($i = 0; $i < 400 && array_sum(Sendoff::tossed()) < 6000; $i++) usleep(20000);
      $result = Sendoff::tossed();`;
    const counts = await resultOf<Record<string, number>>(script, [target.url], bySocket);
    const { sent, taken = 0, refused = 0, failed } = counts;
    assert.deepEqual([sent, failed, taken + refused], [3000, 0, 3000]);
    await until('what was taken arrives', () => countOf('/many') === taken);
  });

  test('what the server refuses is counted when the next one is written', async () => {
    const script = `Sendoff::toss('http://a:1/'); usleep(300000); Sendoff::toss($argv[1] . '/next');
      usleep(300000); $result = Sendoff::tossed();`;
    const counts = await resultOf(script, [target.url], bySocket);
    assert.deepEqual(counts, { sent: 2, taken: 1, refused: 1, failed: 0 });
  });

  test('without a server it is false, at once, and nothing is left behind', async () => {
    const script = `$result = [Sendoff::toss($argv[1]), Sendoff::tossed()['failed']];`;
    const settings = { SENDOFF_STORE: join(folder, 'nobody.db') };
    assert.deepEqual(await resultOf(script, [target.url], settings), [false, 1]);
  });

  test('a header cannot bring others along, nor end the request', async () => {
    for (const headers of [
      '[\'a\' => "b\\r\\nc: d"]',
      '["a\\r\\n" => \'b\']',
      "['Content-Length' => 0]",
    ]) {
      const call = `Sendoff::toss($argv[1], 'x', ['headers' => ${headers}])`;
      const [code] = await resultOf<string[]>(caught(call), [target.url], bySocket);
      assert.match(code ?? '', /^(invalid_header_|header_not_allowed)/);
    }
  });
});

describe('asyncRequest()', { skip }, () => {
  const durable = (): Settings => bySocket;
  const alone = (): Settings => ({});

  for (const [where, settings] of [
    ['handed over', durable] as const,
    ['by itself', alone] as const,
  ]) {
    const path = `/${where.replaceAll(' ', '-')}`;

    test(`${where}: GET adds to the query that the URL has`, async () => {
      const params = "['a' => ['b' => 'c d'], 'k&' => 'ä']";
      const call = `asyncRequest($argv[1] . '${path}?own=1#f', ${params})`;
      assert.equal(await resultOf(`$result = ${call};`, [target.url], settings()), true);
      await arrived(`${path}?own=1&a%5Bb%5D=c+d&k%26=%C3%A4`);
    });

    test(`${where}: POST sends a form, to / if the URL says nothing`, async () => {
      const call = `asyncRequest($argv[1], ['a' => '${where}'], 'post')`;
      assert.equal(await resultOf(`$result = ${call};`, [target.url], settings()), true);
      const text = `a=${where.replaceAll(' ', '+')}`;
      const { url, headers } = await until('it arrives', () =>
        target.arrivals.find(({ body }) => body.toString() === text),
      );
      assert.deepEqual([url, headers['content-type']], ['/', 'application/x-www-form-urlencoded']);
    });

    test(`${where}: the port is the argument, else that of the URL`, async () => {
      const { port } = new URL(target.url);
      const call = `asyncRequest('http://127.0.0.1:9999${path}-port', [], 'get', ${port})`;
      assert.equal(await resultOf(`$result = ${call};`, [], settings()), true);
      await arrived(`${path}-port`);
    });

    test(`${where}: line breaks and spaces stay inside`, async () => {
      const url = `${target.url}${path}/a b\\r\\nX-Evil: 1?q=\\r\\n\\r\\nGET`;
      const call = `asyncRequest("${url}", ["k\\r\\n" => "v\\r\\nX-Evil: 1"])`;
      assert.equal(await resultOf(`$result = ${call};`, [], settings()), true);
      const query = 'q=%0D%0A%0D%0AGET&k%0D%0A=v%0D%0AX-Evil%3A+1';
      const { headers } = await arrived(`${path}/a%20b%0D%0AX-Evil:%201?${query}`);
      assert.equal(headers['x-evil'], undefined);
    });

    test(`${where}: what makes no sense is told as text`, async () => {
      const calls = [
        "'nonsense'",
        '\'http://a/\', [], "GET / HTTP/1.1\\r\\nX: y"',
        "'http://a/', [], 'get', 70000",
      ];
      for (const call of calls) {
        const text = await resultOf<string>(`$result = asyncRequest(${call});`, [], settings());
        assert.match(text, /^Expected /);
      }
    });
  }

  test('by itself: a connection that is refused is told as text', async () => {
    const port = await freePort();
    const text = await resultOf(`$result = asyncRequest('http://127.0.0.1/', [], 'get', ${port});`);
    assert.match(String(text), /refused/);
  });

  test('by itself: for https 80 is not given, and a handshake that hangs is given up', async () => {
    const silent = createServer().listen(0, '127.0.0.1');
    await once(silent, 'listening');
    const address = silent.address() as { port: number };
    const call = `asyncRequest('https://127.0.0.1:${address.port}/', [], 'get', 80, 0.3)`;
    const text = await resultOf<string>(`$result = ${call};`);
    silent.close();
    assert.equal(typeof text, 'string');
    assert.notEqual(text, '');
  });
});
