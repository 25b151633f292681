import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type FoundPast, type Past, passKey } from '../past.ts';
import { claimed, NOW, type OpenStore, succeeded, withStore } from './sample.ts';

const ANY = { queue: 'q', now: NOW, passBy: [], rows: 100, limit: 100, bytes: 1_000_000 };

function specFor(host: string, limit?: string): string {
  const target = { kind: 'http', method: 'GET', url: `http://${host}/x?y`, headers: [] };
  const retry = { limit: 0, backoff: { kind: 'fixed', delayMs: 0 } };
  return JSON.stringify({ target, retry, timeoutMs: 1_000, limit });
}

export function pastClaims(open: OpenStore): void {
  test('jobs behind those that are passed by are found, best level first', () =>
    withStore(open, async ({ store, job }) => {
      const dead = { queue: 'q', isParked: true, spec: specFor('dead.test') };
      const fine = { queue: 'q', isParked: true, spec: specFor('fine.test') };
      const jobs = [...Array(5).fill(dead), { ...fine, priority: 3 }, dead, fine].map(job);
      await store.append(jobs);
      const passBy = [passKey('http://dead.test', undefined)];
      const { seqs, rows } = await store.past({ ...ANY, passBy });
      assert.deepEqual([seqs, rows], [[jobs[7]?.seq, jobs[5]?.seq], 8]);
    }));

  test('jobs of one origin under different limits are told apart', () =>
    withStore(open, async ({ store, job }) => {
      const jobs = ['a', undefined, 'b'].map((limit) => {
        return job({ queue: 'q', isParked: true, spec: specFor('dead.test', limit) });
      });
      await store.append(jobs);
      const passBy = [passKey('http://dead.test', 'a'), passKey('http://dead.test', undefined)];
      assert.deepEqual((await store.past({ ...ANY, passBy })).seqs, [jobs[2]?.seq]);
    }));

  test('a look goes on where the last one ended, level by level, and sees what came since', () =>
    withStore(open, async ({ store, job }) => {
      const add = async (priority: 0 | 3, runAt: number): Promise<number> => {
        const spec = specFor('fine.test');
        const one = job({ queue: 'q', isParked: true, priority, runAt, spec });
        await store.append([one]);
        return one.seq;
      };
      const first = [await add(0, NOW - 9), await add(0, NOW - 8), await add(3, NOW - 9)];
      const found: number[] = [];
      let after: FoundPast['place'] | undefined;
      const look = async (options: Partial<Past>): Promise<void> => {
        const one = await store.past({ ...ANY, after, ...options });
        found.push(...one.seqs);
        after = one.place;
      };
      await look({ rows: 1 });
      await look({ limit: 1 });
      await look({});
      assert.deepEqual(found, first);
      const later = [await add(0, NOW - 1), await add(3, NOW)];
      await add(0, NOW + 1);
      await look({});
      assert.deepEqual(found, [...first, ...later]);
    }));

  test('as many bytes as asked for are found, and at least one job', () =>
    withStore(open, async ({ store, job }) => {
      const body = Buffer.alloc(1_000);
      const spec = specFor('fine.test');
      const jobs = [1, 2, 3].map(() => job({ queue: 'q', isParked: true, body, spec }));
      await store.append(jobs);
      const seqs = jobs.map(({ seq }) => seq);
      assert.deepEqual((await store.past({ ...ANY, bytes: 1 })).seqs, seqs.slice(0, 1));
      assert.deepEqual((await store.past({ ...ANY, bytes: 2_000 })).seqs, seqs.slice(0, 2));
    }));

  test('a queue that nobody ever named has nothing', () =>
    withStore(open, async ({ store }) => {
      assert.deepEqual((await store.past({ ...ANY, queue: 'nowhere' })).seqs, []);
    }));

  test('what was found is claimed by name, unless it was settled or is not due', () =>
    withStore(open, async ({ store, job }) => {
      const jobs = [NOW, NOW, NOW + 1, NOW].map((runAt) => job({ isParked: true, runAt }));
      await store.append(jobs);
      const [one, settled, late] = jobs.map(({ seq }) => seq);
      await store.settle([succeeded(settled as number)]);
      const only = [late, settled, one, 999_999] as number[];
      assert.deepEqual(await claimed(store, { only }), [one]);
    }));
}
