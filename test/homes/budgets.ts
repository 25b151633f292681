// Queues, limits and origins: what jobs say of them, and what can be asked and said of them, the
// same in each home.

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { Sendoff } from '../../src/index.ts';
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
  });
}
