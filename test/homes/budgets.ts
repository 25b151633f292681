// Queues, limits and origins: what jobs say of them, and what can be asked and said of them, the
// same in each home.

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { Sendoff } from '../../src/index.ts';
import { rejectsWith } from './rejects-with.ts';
import type { Home } from './suite.ts';
import { startTarget, type Target } from './target.ts';

export function budgets(name: string, openHome: () => Promise<Home>): void {
  describe(`budgets ${name}`, { timeout: 60_000 }, () => {
    let home: Home;
    let target: Target;
    let so: Sendoff;

    before(async () => {
      target = await startTarget();
      home = await openHome();
      so = home.sendoff;
    });

    after(async () => {
      await home?.close();
      await target?.close();
    });

    test('what a job says differently is told, beside a small body and a large one', async () => {
      const url = `${target.url}/said`;
      const queue = { name: 'tenant é', concurrency: 5, onFailure: 'skip' } as const;
      const limit = { key: 'shared', rate: '100/s' };
      const first = await so.send(url, { queue, limit });
      assert.deepEqual([first.queue, first.notes], ['tenant é', undefined]);
      for (const [body, concurrency, before] of [
        ['small', 6, 5],
        ['x'.repeat(200_000), 7, 6],
      ] as const) {
        const sent = await so.send(url, { queue: { ...queue, concurrency }, limit, body });
        const note = `\`concurrency\` of queue \`tenant é\` was ${before} and is ${concurrency}`;
        assert.deepEqual(sent.notes, [`${note} from now on`]);
      }
      const many = await Array.fromAsync(
        so.sendMany([
          { url, limit: { ...limit, rate: '200/s' } },
          { url, limit: 'shared' },
        ]),
      );
      const notes = many.map((line) => ('id' in line ? line.notes : line.code));
      assert.deepEqual(notes, [
        ['`rate` of limit `shared` was 100/s and is 200/s from now on'],
        undefined,
      ]);
    });

    test('a queue is made, changed, pinned and forgotten at once, under any name', async () => {
      for (const name of ['https://a.test:8/b?c#d', '..', '.', 'a/../b', '%2F', 'tenant é 😀 +']) {
        assert.equal(await so.queues.get(name), undefined, name);
        const made = await so.queues.set(name, { concurrency: 5, rate: '100/5m', pin: true });
        assert.deepEqual(
          [made.queue, made.concurrency, made.rate, made.pinned, made.paused, made.waiting],
          [name, 5, '100/5m', ['concurrency', 'rate'], false, 0],
        );
        const queue = { name, concurrency: 9 };
        const { notes } = await so.send(target.url, { queue, delay: '1h' });
        assert.match(notes?.[0] ?? '', /is pinned to 5: 9 does not count/, name);
        const changed = await so.queues.set(name, { rate: null, order: 'strict', concurrency: 1 });
        assert.deepEqual([changed.rate, changed.order, changed.waiting], [undefined, 'strict', 1]);
        assert.equal(changed.disagreements, 1);
        assert.equal(changed.lastDisagreement?.said, 9);
        await so.queues.forget(name);
        const left = await so.queues.get(name);
        assert.deepEqual([left?.concurrency, left?.pinned, left?.waiting], [undefined, [], 1]);
      }
    });

    test('a paused queue says why its job waits, and goes on when it is resumed', async () => {
      const paused = await so.queues.pause('held');
      assert.deepEqual([paused.queue, paused.paused], ['held', true]);
      const sent = await so.send(`${target.url}/held`, { queue: 'held' });
      assert.equal((await so.get(sent.id))?.waiting, 'paused');
      assert.deepEqual(await so.why(sent.id), {
        ...{ id: sent.id, state: 'pending', reason: 'paused', ahead: 0 },
        ...{ text: 'queue held is paused', by: { kind: 'queue', name: 'held' } },
      });
      assert.equal((await so.queues.resume('held')).paused, false);
      await sent.done();
      assert.equal((await so.why(sent.id))?.text, 'it is succeeded');
      assert.equal(await so.why('018f0000-0000-7000-8000-000000000001'), undefined);
    });

    test('a limit has the same verbs, without an order', async () => {
      const name = 'smtp/ö';
      const made = await so.limits.set(name, { concurrency: 2, burst: 3 });
      assert.deepEqual([made.limit, made.concurrency, made.burst], [name, 2, 3]);
      assert.equal((await so.limits.pause(name)).paused, true);
      const sent = await so.send(`${target.url}/limited`, { limit: name });
      const { reason, by } = (await so.why(sent.id)) ?? {};
      assert.deepEqual([reason, by], ['paused', { kind: 'limit', name }]);
      assert.equal((await so.limits.resume(name)).paused, false);
      await sent.done();
      const { limits } = await so.limits.list({ limit: 200 });
      assert.ok(limits.some(({ limit }) => limit === name));
      await so.limits.forget(name);
      await rejectsWith('unknown_field', so.limits.set(name, { order: 'strict' } as object));
    });

    test('queues and origins are listed by name, page by page', async () => {
      const names = ['list-a', 'list-b', 'list-c'];
      for (const name of names) await so.queues.set(name, { burst: 2 });
      const first = await so.queues.list({ cursor: 'list-', limit: 2 });
      assert.deepEqual(
        [first.queues.map(({ queue }) => queue), first.next],
        [['list-a', 'list-b'], 'list-b'],
      );
      const second = await so.queues.list({ cursor: first.next ?? '', limit: 1 });
      assert.equal(second.queues[0]?.queue, 'list-c');
      const sent = await so.send(`${target.url}/hold/origin`);
      await until(() => target.arrivals.some(({ path }) => path === '/hold/origin'));
      const { origins } = await so.origins();
      const origin = origins.find((one) => one.origin === target.url);
      assert.deepEqual([origin?.running, origin?.concurrency], [1, 100]);
      target.release();
      await sent.done();
    });

    test('what is wrong is refused with a code and the name of the field', async () => {
      const refused = async (code: string, field: string, asked: Promise<unknown>) =>
        assert.rejects(asked, { code, field });
      await refused('unknown_field', 'concurency', so.queues.set('w', { concurency: 1 } as object));
      await refused('number_out_of_range', 'burst', so.queues.set('w', { burst: 0 }));
      await refused('invalid_field', 'rate', so.limits.set('w', { rate: 'fast' }));
      await refused('invalid_field', 'queue', so.queues.pause(''));
      await refused('invalid_text', 'limit', so.limits.get('a\u0000'));
      await refused('invalid_limit', 'limit', so.queues.list({ limit: 201 }));
      await refused('invalid_cursor', 'cursor', so.limits.list({ cursor: 'x'.repeat(300) }));
      await rejectsWith('not_found', so.queues.resume('nobody-named-it'));
      await rejectsWith('invalid_id', so.why('1'));
      assert.equal(await so.queues.get('w'), undefined);
    });
  });
}

async function until(claim: () => boolean): Promise<void> {
  const deadline = Date.now() + 10_000;
  while (!claim()) {
    assert.ok(Date.now() < deadline, 'not within ten seconds');
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}
