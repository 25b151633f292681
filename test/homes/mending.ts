// Looking at what went wrong, and mending it, the same in each home.

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { Sendoff } from '../../src/index.ts';
import { rejectsWith } from './rejects-with.ts';
import type { Home } from './suite.ts';
import { startTarget, type Target } from './target.ts';

export function mending(name: string, openHome: () => Promise<Home>): void {
  describe(`mending ${name}`, { timeout: 60_000 }, () => {
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

    test('failed jobs stand together by cause, and leave it when they wait again', async () => {
      const gone = await Promise.all([1, 2].map(() => so.send(`${target.url}/status/404`)));
      const worse = await so.send(`${target.url}/status/410`);
      for (const sent of [...gone, worse]) await sent.done();
      const { causes } = await so.causes({ origin: target.url });
      assert.deepEqual(
        causes.map(({ origin, reason, status, jobs }) => [origin, reason, status, jobs]),
        [
          [target.url, 'rejected', 404, 2],
          [target.url, 'rejected', 410, 1],
        ],
      );
      const cause = causes[0]?.id ?? '';
      const { jobs } = await so.list({ cause });
      assert.deepEqual(new Set(jobs.map(({ id }) => id)), new Set(gone.map(({ id }) => id)));
      assert.equal(causes[1]?.sample, worse.id);
      assert.equal((await so.causes({ limit: 1 })).partial, true);
      await rejectsWith('invalid_field', so.list({ cause: 'nothing' }));
      await rejectsWith('invalid_limit', so.causes({ limit: 0 }));
    });
  });
}
