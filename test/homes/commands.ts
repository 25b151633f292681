// Commands, the same in each home.

import assert from 'node:assert/strict';
import { createHash, randomBytes, randomUUID } from 'node:crypto';
import { after, before, describe, test } from 'node:test';
import type { NamedCommand, Sendoff } from '../../src/index.ts';
import { rejectsWith } from './rejects-with.ts';
import type { Home } from './suite.ts';

const program = '/bin/sh';

/** What the homes of this suite know. */
export const commands: Readonly<Record<string, NamedCommand>> = {
  cat: { program: '/bin/cat' },
  say: {
    program,
    args: ['-c', 'echo "$1"; echo "$WORD" >&2; exit "$2"', 'say'],
    callerEnv: ['WORD'],
  },
  wait: { program, args: ['-c', 'echo begun; sleep 60'] },
};

export function runs(name: string, openHome: () => Promise<Home>): void {
  describe(`commands ${name}`, { timeout: 60_000 }, () => {
    let home: Home;
    let so: Sendoff;

    before(async () => {
      home = await openHome();
      so = home.sendoff;
    });

    after(() => home?.close());

    test('a run gives its exit code, output and last words', async () => {
      const sent = await so.run('say', { args: ['hello', '3'], env: { WORD: 'oh' } });
      assert.deepEqual([sent.state, sent.queue, sent.duplicate], ['pending', 'command:say', false]);
      const job = await sent.done();
      assert.deepEqual([job.state, job.reason, job.attempts], ['failed', 'exhausted', 1]);
      const { status, exitCode, stderr } = job.response ?? {};
      assert.deepEqual([status, exitCode, stderr], [500, 3, 'oh\n']);
      assert.deepEqual(job.target, {
        ...{ kind: 'command', name: 'say', args: ['hello', '3'], env: { WORD: '***' } },
        inputBytes: 0,
      });
      const response = await so.response(sent.id);
      assert.deepEqual([response?.status, response?.url], [500, 'command:say']);
      assert.equal(await response?.text(), 'hello\n');
    });

    test('input of each form comes back byte for byte', async () => {
      const large = randomBytes(1_000_000);
      async function* pieces(): AsyncGenerator<Uint8Array> {
        for (let at = 0; at < large.length; at += 70_000) yield large.subarray(at, at + 70_000);
      }
      const inputs = [large, pieces(), new Blob([large]).stream()];
      for (const input of inputs) {
        const sent = await so.run('cat', { input });
        await sent.done();
        const body = (await (await so.response(sent.id))?.arrayBuffer()) ?? new ArrayBuffer(0);
        assert.equal(digest(new Uint8Array(body)), digest(large));
      }
      const sent = await so.run('cat', { input: 'ä' });
      await sent.done();
      assert.equal(await (await so.response(sent.id))?.text(), 'ä');
    });

    test('output comes while the command runs, and what is kept when it has ended', async () => {
      const sent = await so.run('wait');
      for await (const { stream, attempt, offset, bytes } of so.output(sent.id)) {
        assert.deepEqual([stream, attempt, offset], ['stdout', 1, 0]);
        assert.equal(String(Buffer.from(bytes)), 'begun\n');
        break;
      }
      assert.equal((await so.get(sent.id))?.state, 'running');
      assert.equal((await sent.cancel()).cancelled, 'aborted');
      const said = await so.run('say', { args: ['x', '0'], env: { WORD: 'y' } });
      await said.done();
      const pieces = await Array.fromAsync(so.output(said.id));
      const texts = pieces.map(({ stream, bytes }) => [stream, String(Buffer.from(bytes))]);
      assert.deepEqual(texts, [
        ['stdout', 'x\n'],
        ['stderr', 'y\n'],
      ]);
    });

    test('a reader of output who gives up ends quietly', async () => {
      const sent = await so.run('wait');
      const stop = new AbortController();
      for await (const _ of so.output(sent.id, { signal: stop.signal })) stop.abort();
      await sent.cancel();
      await rejectsWith('not_found', Array.fromAsync(so.output(randomUUID())));
    });

    test('the same run again is the same job; other arguments are not', async () => {
      const id = randomUUID();
      const first = await so.run('cat', { id, input: 'a' });
      assert.equal((await so.run('cat', { id, input: 'a' })).duplicate, true);
      await rejectsWith('idempotency_mismatch', so.run('cat', { id, input: 'b' }));
      await rejectsWith('idempotency_mismatch', so.run('cat', { id, input: 'a', args: ['x'] }));
      await first.done();
    });

    test('lists know commands by their names', async () => {
      const tags = [randomUUID()];
      const sent = await so.run('say', { args: ['a', '0'], tags, delay: '1h' });
      const { jobs } = await so.list({ url: 'command:say', tag: tags[0] ?? '' });
      assert.deepEqual(
        jobs.map(({ id }) => id),
        [sent.id],
      );
      assert.equal((await sent.cancel()).cancelled, 'removed');
    });

    test('mistakes are refused with a code', async () => {
      await rejectsWith('unknown_command', so.run('nope'));
      await rejectsWith('invalid_field', so.run('say', { env: { PATH: 'x' } }));
      await rejectsWith('invalid_field', so.run('say', { args: ['-x'] }));
      await rejectsWith('unknown_field', so.run('say', { arg: 'x' } as object));
      await rejectsWith('runner_disabled', so.run({ program: '/bin/true' }));
    });
  });
}

function digest(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}
