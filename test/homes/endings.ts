// How events and waits end, the same in each home: when they are given up, when the home closes.

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { JobEvent, Sendoff } from '../../src/index.ts';
import { rejectsWith } from './rejects-with.ts';
import type { Home } from './suite.ts';
import { startTarget, type Target } from './target.ts';

export function endings(name: string, openHome: () => Promise<Home>): void {
  describe(`events and endings ${name}`, { timeout: 60_000 }, () => {
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

    test('events tell what happens to a job, in order', async () => {
      const events = await liveEvents(so);
      const { id } = await so.send(`${target.url}/event`, { body: 'same' });
      const seen: JobEvent[] = [];
      while (seen.length < 3) {
        const event = await next(events);
        if (event.jobId === id) seen.push(event);
      }
      await events.return?.();
      assert.deepEqual(
        seen.map(({ type }) => type),
        ['job.stored', 'job.started', 'job.succeeded'],
      );
      assert.ok(seen.every(({ url }) => url === `${target.url}/event`));
    });

    test('events that are given up end quietly', async () => {
      const abort = new AbortController();
      const events = await liveEvents(so, abort.signal);
      const ending = endOf(events);
      abort.abort('enough');
      await ending;
      await endOf(so.events({ signal: abort.signal })[Symbol.asyncIterator]());
    });

    test('a close ends events, and every verb is refused after it', async () => {
      const other = await openHome();
      try {
        const ending = endOf(await liveEvents(other.sendoff));
        await other.sendoff.close();
        await ending;
        await rejectsWith('closed', other.sendoff.send(target.url));
        await rejectsWith('closed', other.sendoff.events()[Symbol.asyncIterator]().next());
      } finally {
        await other.close();
      }
    });

    test('whatever is given up says so in one way', async () => {
      const abort = new AbortController();
      const { signal } = abort;
      const sent = await so.send(target.url, { delay: '1h' });
      const waits = [sent.done({ signal }), so.fetch(target.url, { delay: '1h', signal })];
      const ends = waits.map((wait) => rejectsWith('aborted', wait, 'enough'));
      abort.abort('enough');
      await Promise.all(ends);
      const before = (await so.list({ limit: 1 })).jobs[0]?.id;
      await rejectsWith('aborted', so.send(target.url, { signal }), 'enough');
      await rejectsWith('aborted', so.fetch(target.url, { signal }), 'enough');
      assert.equal((await so.list({ limit: 1 })).jobs[0]?.id, before);
    });

    test('a hand-over given up in the midst of its body stores nothing', async () => {
      const abort = new AbortController();
      const before = (await so.list({ limit: 1 })).jobs[0]?.id;
      let pulls = 0;
      const body = new ReadableStream<Uint8Array>({
        pull(controller) {
          controller.enqueue(new Uint8Array(50_000));
          if (++pulls === 4) setImmediate(() => abort.abort('enough'));
          return pulls < 4 ? undefined : new Promise(() => {});
        },
      });
      const sent = so.send(target.url, { body, signal: abort.signal });
      await rejectsWith('aborted', sent, 'enough');
      assert.equal((await so.list({ limit: 1 })).jobs[0]?.id, before);
    });

    test('sendMany answers a source that waits, and gives up when it is told to', async () => {
      const abort = new AbortController();
      let tell = (): void => {};
      async function* careful() {
        for (let n = 0; n < 3; n++) {
          const answered = new Promise<void>((resolve) => (tell = resolve));
          yield { url: `${target.url}/careful` };
          await answered;
        }
        await new Promise(() => {});
      }
      const lines: number[] = [];
      const read = async (): Promise<void> => {
        for await (const { line } of so.sendMany(careful(), { signal: abort.signal })) {
          lines.push(line);
          tell();
          if (line === 3) abort.abort('enough');
        }
      };
      await rejectsWith('aborted', read(), 'enough');
      assert.deepEqual(lines, [1, 2, 3]);
    });
  });
}

/** A stream that is known to listen: an event that nobody knows is answered by `reset` at once. */
async function liveEvents(so: Sendoff, signal?: AbortSignal): Promise<AsyncIterator<JobEvent>> {
  const options = { since: 'unknown-0', ...(signal && { signal }) };
  const events = so.events(options)[Symbol.asyncIterator]();
  assert.equal((await next(events)).type, 'reset');
  return events;
}

async function next(events: AsyncIterator<JobEvent>): Promise<JobEvent> {
  const { done, value } = await events.next();
  assert.ok(!done, 'the events have ended');
  return value;
}

/** Resolves when the events end; other tests' jobs may come before. */
async function endOf(events: AsyncIterator<JobEvent>): Promise<void> {
  while (!(await events.next()).done);
}
