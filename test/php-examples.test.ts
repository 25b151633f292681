// The examples for PHP, run as they stand.

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { appendFileSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import type { JobView } from '../src/sendoff.ts';
import { call, callJson } from './support/call.ts';
import { makeFolder, removeFolder } from './support/folder.ts';
import { freePort } from './support/free-port.ts';
import { whyNoPhp } from './support/php.ts';
import { patient, resultOf } from './support/sendoff-php.ts';
import { endServers, type ServerProcess, startServer } from './support/server-process.ts';
import { startTarget, type TargetServer } from './support/target-server.ts';
import { until } from './support/until.ts';

const GUZZLE = '/usr/share/php/GuzzleHttp/autoload.php';
const skip = whyNoPhp() ?? false;
const folder = makeFolder('php-examples');
const store = join(folder, 'examples.db');
const settings = { ...patient, SENDOFF_STORE: store };
let server: ServerProcess;
let target: TargetServer;

function whyNoGuzzle(): string | false {
  if (existsSync(GUZZLE) || process.env.SENDOFF_TEST_ALL === '1') return false;
  return 'needs php-guzzlehttp-guzzle';
}

function example(name: string): string {
  return fileURLToPath(new URL(`../examples/php/${name}`, import.meta.url));
}

before(async () => {
  if (skip) return;
  target = await startTarget((response) => void response.end('thanks'));
  server = await startServer({ store, port: await freePort() });
});

after(async () => {
  if (skip) return;
  await endServers();
  await target[Symbol.asyncDispose]();
  removeFolder(folder);
});

{
  const skip = whyNoPhp() ?? whyNoGuzzle();
  describe('the Guzzle middleware', { skip }, () => {
    const client = `require '${GUZZLE}'; require '${example('guzzle.php')}';
    $stack = GuzzleHttp\\HandlerStack::create(); $stack->push(sendoff_guzzle());
    $client = new GuzzleHttp\\Client(['handler' => $stack]);`;

    test('a request with the option is handed over, and answered at once', async () => {
      const script = `${client} $answer = $client->post($argv[1] . '/guzzle?a=1', [
        'json' => ['é' => 1], 'headers' => ['X-A' => ['b', 'c']],
        'sendoff' => ['retries' => 1, 'queue' => 'shop']]);
      $result = [$answer->getStatusCode(), $answer->getHeaderLine('Sendoff-Job')];`;
      const [status, id] = await resultOf<[number, string]>(script, [target.url], settings);
      assert.equal(status, 202);
      const job = await callJson<JobView>(`${server.url}/v1/jobs/${id}`, {
        headers: { prefer: 'wait=20' },
      });
      assert.deepEqual([job.state, job.queue], ['succeeded', 'shop']);
      const { headers, body } = target.arrivals.find(({ url }) => url === '/guzzle?a=1')!;
      assert.deepEqual([headers['x-a'], headers['content-type']], ['b, c', 'application/json']);
      assert.deepEqual(JSON.parse(body.toString()), { é: 1 });
    });

    test('others go on as they did, and a refusal is an exception', async () => {
      const script = `${client} $result = [(string) $client->get($argv[1] . '/plain')->getBody()];
      try { $client->get('http://a:1/', ['sendoff' => true]); }
      catch (SendoffException $e) { $result[] = $e->getCode(); }`;
      const result = await resultOf(script, [target.url], settings);
      assert.deepEqual(result, ['thanks', 'invalid_port']);
    });
  });
}

describe('the queue without a worker', { skip }, () => {
  const secret = 'between us';
  const ledger = join(folder, 'ledger');

  /** The site whose endpoint runs the handlers. */
  async function startSite(): Promise<{ url: string; end: () => Promise<void> }> {
    const script = join(folder, 'jobs.php');
    const handlers = `['note' => function (array $data, $id) {
        $line = json_encode([$data, $id]) . PHP_EOL;
        $isFirst = strpos((string) @file_get_contents('${ledger}'), $line) === false;
        file_put_contents('${ledger}', $line, FILE_APPEND);
        if (!empty($data['fails']) && $isFirst) { throw new Exception('not yet'); }
      }]`;
    const code = `<?php require '${example('queue-push.php')}';
      SendoffQueue::serve('${secret}', ${handlers});`;
    writeFileSync(script, code);
    const at = `127.0.0.1:${await freePort()}`;
    const child = spawn('php', ['-S', at, script], { stdio: 'ignore' });
    const exited = once(child, 'exit');
    const url = `http://${at}/jobs.php`;
    await until('the site is up', () =>
      call(url).then(
        () => true,
        () => false,
      ),
    );
    return {
      url,
      async end() {
        child.kill();
        await exited;
      },
    };
  }

  function lines(): [data: { n: number }, id: string][] {
    const text = existsSync(ledger) ? readFileSync(ledger, 'utf8') : '';
    return text
      .split('\n')
      .filter(Boolean)
      .map((line) => JSON.parse(line));
  }

  test('push and later run the handler, and what fails is tried again', async () => {
    const site = await startSite();
    const script = `require '${example('queue-push.php')}';
      $queue = new SendoffQueue($argv[1], '${secret}');
      $soon = ['retry' => ['delays' => ['100ms']]];
      $result = [$queue->push('note', ['n' => 1, 'é' => 'ü']),
        $queue->later(1, 'note', ['n' => 2], 'mail'),
        $queue->push('note', ['n' => 3, 'fails' => true], null, $soon)];`;
    const ids = await resultOf<string[]>(script, [site.url], settings);
    await until('all have run', () => lines().length === 4);
    const runs = lines().map(([{ n }, id]) => `${n} ${id}`);
    const [first, second, third] = ids;
    assert.deepEqual(runs.sort(), [`1 ${first}`, `2 ${second}`, `3 ${third}`, `3 ${third}`]);
    await site.end();
  });

  test('nobody else can run a handler', async () => {
    const site = await startSite();
    appendFileSync(ledger, '');
    const before = lines().length;
    const body = JSON.stringify({ job: 'note', data: { n: 9 } });
    for (const headers of [{}, { 'x-job-signature': `sha256=${'0'.repeat(64)}` }]) {
      assert.equal((await call(site.url, { method: 'POST', body, headers })).status, 403);
    }
    assert.equal(lines().length, before);
    await site.end();
  });
});
