// The PHP client against a real server, from a real PHP.

import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import type { JobView } from '../src/sendoff.ts';
import { callJson } from './support/call.ts';
import { makeFolder, removeFolder } from './support/folder.ts';
import { freePort } from './support/free-port.ts';
import { whyNoPhp } from './support/php.ts';
import { caught, patient, resultOf, runPage, type Settings } from './support/sendoff-php.ts';
import { endServers, type ServerProcess, startServer } from './support/server-process.ts';
import { type Arrival, startTarget, type TargetServer } from './support/target-server.ts';
import { until } from './support/until.ts';

const skip = whyNoPhp() ?? false;
const folder = makeFolder('php');
const store = join(folder, 'php.db');
const binary = randomBytes(300);
let server: ServerProcess;
let target: TargetServer;
let bySocket: Settings;
let byTcp: Settings;

before(async () => {
  if (skip) return;
  target = await startTarget((response, { url }) => {
    if (url === '/binary') response.end(binary);
    else if (url === '/no') response.writeHead(404, { 'x-why': 'none' }).end('no such thing');
    else if (!url.startsWith('/silent')) response.end('thanks');
  });
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

/** The job that a line of PHP handed over. */
async function handedOver(script: string, settings: Settings = bySocket): Promise<JobView> {
  const id = await resultOf<string>(`$result = ${script}`, [target.url], settings);
  return callJson<JobView>(`${server.url}/v1/jobs/${id}`);
}

describe('sendoff()', { skip }, () => {
  test('one line hands a request over, through the socket and over TCP', async () => {
    for (const [path, settings] of [['/socket', bySocket] as const, ['/tcp', byTcp] as const]) {
      const job = await handedOver(`sendoff($argv[1] . '${path}');`, settings);
      assert.match(job.id, /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-/);
      assert.equal((await arrived(path)).method, 'GET');
    }
  });

  test('an array goes out as JSON, in UTF-8', async () => {
    await handedOver(
      "sendoff($argv[1] . '/json', ['name' => '名前 é 😀', 'price' => 1.0, 'n' => []]);",
    );
    const { method, body, headers } = await arrived('/json');
    assert.equal(method, 'POST');
    assert.equal(headers['content-type'], 'application/json');
    assert.equal(body.toString(), '{"name":"名前 é 😀","price":1.0,"n":[]}');
  });

  test('a string goes out as it is, whatever bytes it has', async () => {
    const hex = binary.toString('hex');
    await handedOver(`sendoff($argv[1] . '/bytes', hex2bin('${hex}'));`);
    assert.deepEqual((await arrived('/bytes')).body, binary);
    await handedOver("sendoff($argv[1] . '/large', str_repeat('0123456789é', 100000));");
    const { body } = await arrived('/large');
    assert.equal(body.toString(), '0123456789é'.repeat(100_000));
  });

  test('method, headers, form and delivery options are heeded', async () => {
    const options = `['headers' => ['X-One' => 1, 'X-Two' => ['a', 'b'], 'X-Three: c'],
      'form' => ['a' => 'b c', 'd' => 'ü'], 'queue' => 'mail',
      'limit' => ['key' => 'smtp', 'rate' => '9/s'],
      'tags' => ['t'], 'retry' => 3]`;
    const job = await handedOver(`sendoff('PUT ' . $argv[1] . '/form', null, ${options});`);
    assert.deepEqual(
      [job.queue, job.tags, job.target.kind === 'http' && job.target.method],
      ['mail', ['t'], 'PUT'],
    );
    const { headers, body } = await arrived('/form');
    assert.equal(body.toString(), 'a=b+c&d=%C3%BC');
    assert.equal(headers['content-type'], 'application/x-www-form-urlencoded');
    assert.deepEqual([headers['x-one'], headers['x-two'], headers['x-three']], ['1', 'a, b', 'c']);
  });

  test('a delay has a unit, an instant is a date or seconds as PHP counts them', async () => {
    const delayed = await handedOver("sendoff($argv[1], null, ['delay' => '1.5h']);");
    assert.ok(Math.abs(Date.parse(delayed.runAt) - Date.now() - 5_400_000) < 60_000);
    const instant = Math.round(Date.now() / 1_000) * 1_000 + 86_400_000;
    const text = new Date(instant).toISOString();
    const date = `(new DateTime('${text}'))->setTimezone(new DateTimeZone('Asia/Shanghai'))`;
    for (const at of [String(instant / 1_000), String(instant), `'${text}'`, date]) {
      const job = await handedOver(`sendoff($argv[1], null, ['at' => ${at}]);`);
      assert.equal(Date.parse(job.runAt), instant, at);
    }
  });

  test('the same key is the same job, and its id comes back', async () => {
    const call = "sendoff($argv[1] . '/key', 'x', ['key' => 'order-7', 'delay' => '1h'])";
    const script = `$result = [${call}, ${call}];`;
    const [first, second] = await resultOf<string[]>(script, [target.url], bySocket);
    assert.equal(first, second);
  });

  test('what is wrong is an exception with a code, and nothing is stored', async () => {
    const calls = [
      ["sendoff('ftp://a/')", 'scheme_not_allowed', 400],
      ["sendoff($argv[1], null, ['retires' => 3])", 'unknown_field', 0],
      ["sendoff($argv[1], null, ['delay' => 'soon'])", 'invalid_duration', 400],
      [
        "sendoff($argv[1], null, ['headers' => ['a' => \"b\\r\\nc: d\"]])",
        'invalid_header_value',
        400,
      ],
      ['sendoff($argv[1], ["\\xff"])', 'invalid_json', 0],
      ['sendoff($argv[1], 42)', 'invalid_field', 0],
    ] as const;
    for (const [call, code, status] of calls) {
      const result = await resultOf<unknown[]>(caught(call), [target.url], bySocket);
      assert.deepEqual([result[0], result[2]], [code, status], call);
    }
    assert.deepEqual(readdirSync(`${store}.spool`), []);
  });

  test('it defines nothing that is there already, and may be loaded twice', async () => {
    const { stdout } = await runPage(
      "require $argv[1]; echo sendoff('http://127.0.0.1:1');",
      [join(import.meta.dirname, '../clients/php/sendoff.php')],
      bySocket,
    ).catch((error: Error) => ({ stdout: error.message }));
    assert.match(stdout, /SendoffException: .*port/);
  });
});

describe('asking', { skip }, () => {
  test('wait() gives the answer of the target, byte for byte', async () => {
    const script = `$r = Sendoff::wait(sendoff($argv[1] . $argv[2]), 20);
      $result = [$r->ok, $r->state, $r->status, $r->header('X-Why')];
      array_push($result, bin2hex($r->body), $r->reason);`;
    const answer = (path: string) => resultOf<unknown[]>(script, [target.url, path], bySocket);
    const good = [true, 'succeeded', 200, null, binary.toString('hex'), null];
    assert.deepEqual(await answer('/binary'), good);
    const text = Buffer.from('no such thing').toString('hex');
    assert.deepEqual(await answer('/no'), [false, 'failed', 404, 'none', text, 'rejected']);
  });

  test('wait() gives null when its time is over, get() the job as it stands', async () => {
    const script = `$id = sendoff($argv[1] . '/silent');
      $result = [Sendoff::wait($id, 0.3), Sendoff::get($id)['id'] === $id,
        Sendoff::get('01999999-9999-7999-8999-999999999999')];`;
    assert.deepEqual(await resultOf(script, [target.url], byTcp), [null, true, null]);
  });
});
