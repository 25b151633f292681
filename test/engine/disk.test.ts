// Living with little room: what is given up at which bound, and that it all comes back.

import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { test } from 'node:test';
import type { EngineOptions } from '../../src/engine/node.ts';
import type { JobEvent } from '../../src/sendoff.ts';
import type { Store, StoreSizes } from '../../src/store/store.ts';
import { type Bench, openBench, response, submissionOf, success, until } from './bench.ts';

const MIB = 1_048_576;

/** A real store on a disk of which the test says how much is free. */
class Room {
  freeMib = 10_000;
  readonly reserved: boolean[] = [];
  #looks = 0;

  /** So many more have been made. */
  async looks(count: number): Promise<void> {
    const wanted = this.#looks + count;
    await until(() => this.#looks >= wanted);
  }

  around(store: Store): Store {
    const sizes = async (): Promise<StoreSizes> => {
      this.#looks++;
      const figures = { freeDiskBytes: this.freeMib * MIB, diskBytes: 10_000 * MIB };
      return { ...(await store.sizes()), ...figures };
    };
    const reserve = (isKept: boolean): Promise<void> => {
      this.reserved.push(isKept);
      return store.reserve(isKept);
    };
    return new Proxy(store, {
      get(target, name) {
        if (name === 'sizes') return sizes;
        if (name === 'reserve') return reserve;
        const value: unknown = Reflect.get(target, name, target);
        return typeof value === 'function' ? value.bind(target) : value;
      },
    });
  }
}

async function openRoom(options: EngineOptions = {}): Promise<readonly [Bench, Room, JobEvent[]]> {
  const room = new Room();
  const bench = await openBench(options, (store) => room.around(store));
  const events: JobEvent[] = [];
  bench.engine.subscribe((event) => {
    if (event.type.startsWith('disk.')) events.push(event);
  });
  return [bench, room, events];
}

/** New work is refused because the disk is full. */
function isRefused(bench: Bench): Promise<boolean> {
  return bench.engine.ping().then(
    () => false,
    ({ code }) => code === 'storage_full',
  );
}

const told = (events: readonly JobEvent[]): string[] =>
  events.map(({ type, scope }) => (scope === undefined ? type : `${type} ${scope}`));

test('with little room what is settled goes early, and new work is still taken', async () => {
  const [opened, room, events] = await openRoom();
  await using bench = opened;
  bench.deliverer.auto = () => success();
  const { id } = await bench.send();
  await bench.engine.settled(id, { timeoutMs: 30_000 });
  const waiting = await bench.send({ delay: '1h' });
  bench.clock.forward(30_000);
  const young = await bench.send();
  await bench.engine.settled(young.id, { timeoutMs: 30_000 });
  bench.clock.forward(31_000);
  room.freeMib = 400;
  await until(async () => (await bench.engine.get(id)) === undefined);
  assert.equal((await bench.engine.get(young.id))?.state, 'succeeded');
  assert.equal((await bench.engine.get(waiting.id))?.state, 'pending');
  await bench.engine.ping();
  room.freeMib = 10_000;
  await until(() => events.length === 2);
  assert.deepEqual(told(events), ['disk.low', 'disk.ok']);
});

test('a full disk refuses new work and goes on delivering, then only writes results', async () => {
  const [opened, room, events] = await openRoom({
    configured: () => ({ queues: { one: { concurrency: 1 } }, limits: {} }),
  });
  await using bench = opened;
  for (let n = 0; n < 3; n++) await bench.send({ queue: 'one' });
  await until(() => bench.deliverer.pending.length === 1);
  room.freeMib = 200;
  await until(() => isRefused(bench));
  bench.deliverer.pending[0]?.answer(success());
  await until(() => bench.deliverer.count === 2);
  room.freeMib = 50;
  await until(() => told(events).includes('disk.full attempts'));
  bench.deliverer.pending[0]?.answer(success());
  await until(async () => (await bench.engine.stats()).succeeded === 2);
  await room.looks(2);
  assert.ok(room.reserved.length > 0 && !room.reserved.includes(true));
  room.freeMib = 180;
  await room.looks(2);
  assert.equal(bench.deliverer.count, 2);
  room.freeMib = 10_000;
  await until(() => bench.deliverer.count === 3);
  await until(async () => !(await isRefused(bench)));
  assert.deepEqual(told(events), ['disk.full new', 'disk.full attempts', 'disk.ok']);
});

test('a store at its size gives up what is settled first, and only then refuses', async () => {
  await using bench = await openBench({ storeBytes: 4 * MIB });
  bench.deliverer.auto = () => success();
  const body = { kind: 'bytes', bytes: Buffer.alloc(60_000, 'x') } as const;
  const fill = async (count: number, fields: object): Promise<void> => {
    for (let n = 0; n < count; n++) {
      const { job } = submissionOf(fields, bench.clock.now());
      await bench.engine.submit([{ job, body }]);
    }
  };
  await fill(40, {});
  await until(async () => (await bench.engine.stats()).succeeded === 40);
  bench.clock.forward(61_000);
  await fill(40, { delay: '1h' });
  await until(async () => (await bench.engine.list({ state: 'succeeded' })).jobs.length < 40);
  await bench.engine.ping();
  assert.equal((await bench.engine.list({ state: 'pending' })).jobs.length, 40);
  await fill(35, { delay: '1h' });
  await until(() => isRefused(bench));
  assert.deepEqual((await bench.engine.list({ state: 'succeeded' })).jobs, []);
  for (const { id } of (await bench.engine.list({ limit: 30 })).jobs) await bench.engine.cancel(id);
  bench.clock.forward(61_000);
  await until(async () => !(await isRefused(bench)));
});

test('a job that says how long it is to be kept is kept so long, however it ends', async () => {
  await using bench = await openBench();
  const HOUR = 3_600_000;
  bench.deliverer.auto = ({ target }) =>
    'url' in target && target.url.endsWith('/no') ? response(404) : success();
  const keep = { job: '2h', response: '1h' };
  const done = [await bench.send({ keep }), await bench.send({ keep, url: 'http://t.test/no' })];
  const long = await bench.send({ keep: '90d', url: 'http://t.test/no' });
  const cancelled = await bench.send({ keep: '2h', delay: '5h' });
  await bench.engine.cancel(cancelled.id);
  const expired = await bench.send({ keep: '1h', delay: '1h', startBy: bench.clock.now() + 1 });
  for (const { id } of [...done, long, expired])
    await bench.engine.settled(id, { timeoutMs: 30_000 });
  const isThere = async ({ id }: { readonly id: string }): Promise<boolean> =>
    (await bench.engine.get(id)) !== undefined;
  bench.clock.forward(HOUR + 1);
  await until(async () => (await bench.engine.answer(done[0]?.id ?? '')).kind === 'pruned');
  await until(async () => !(await isThere(expired)));
  assert.ok((await isThere(done[1]!)) && (await isThere(cancelled)));
  bench.clock.forward(HOUR);
  for (const gone of [...done, cancelled]) await until(async () => !(await isThere(gone)));
  bench.clock.forward(80 * 24 * HOUR);
  const other = await bench.send({ keep: '1s' });
  await bench.engine.settled(other.id, { timeoutMs: 30_000 });
  bench.clock.forward(2_000);
  await until(async () => !(await isThere(other)));
  assert.ok(await isThere(long));
});

test('what is in reserve lies beside the store in full, and goes when it is needed', async () => {
  const [opened, room] = await openRoom();
  await using bench = opened;
  const path = `${bench.path}.ballast`;
  bench.clock.forward(61_000);
  await until(() => existsSync(path));
  assert.deepEqual(room.reserved.slice(0, 1), [true]);
  room.freeMib = 60;
  await until(() => !existsSync(path));
});
