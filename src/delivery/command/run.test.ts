import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Clock, systemClock } from '../../clock.ts';
import { SendoffError } from '../../errors.ts';
import type { BodyWriter } from '../../job/body.ts';
import type { CommandTarget } from '../../job/job.ts';
import { limits } from '../../limits.ts';
import type { Attempt } from '../deliverer.ts';
import { MARK, markedTrees } from './marked-tree.ts';
import { run } from './run.ts';

const trees = markedTrees(`run-test-${process.pid}`);
let runs = 0;

/** Runs a shell script. */
function ran(script: string, attempt: Partial<Attempt<CommandTarget>> = {}, clock = systemClock) {
  const mark = `run-test-${process.pid}:${++runs}:1`;
  return run({
    ...{ clock, prefix: [], outputBytes: 10_000_000, onSurvivors: () => {} },
    attempt: {
      ...{ jobId: 'a', target: { kind: 'command', args: [] }, dress: undefined, number: 1 },
      ...{ idempotencyKey: 'a', traceparent: undefined, tracestate: undefined },
      ...{ body: { kind: 'none' }, timeoutMs: 60_000, spill: () => assert.fail('all is small') },
      ...attempt,
    },
    signal: new AbortController().signal,
    launch: { program: '/bin/sh', args: ['-c', script], folder: '/', env: { [MARK]: mark } },
    tree: trees.open(mark, undefined),
  });
}

test('an input that breaks off in the store is no success, whatever the command says', async () => {
  async function* broken(): AsyncGenerator<Uint8Array> {
    yield Buffer.from('half of');
    throw new SendoffError('closed', 'The store is closed');
  }
  const body = { kind: 'chunks', bodyBytes: 100, read: broken } as const;
  const outcome = await ran('cat >/dev/null', { body });
  assert.equal(outcome.kind, 'error');
  assert.equal(outcome.error, 'body_lost');
});

test('output is kept whole by a store that takes longer than survivors get', async () => {
  const graceMs = 20;
  // The grace is over long before the store has taken the first piece.
  const clock: Clock = {
    ...systemClock,
    after: (ms, action, options) => {
      return systemClock.after(ms === limits.commandGraceMs ? graceMs : ms, action, options);
    },
  };
  let written = 0;
  const slow: BodyWriter = {
    bodyId: 1,
    async write(chunk) {
      await new Promise<void>((resolve) => void systemClock.after(5 * graceMs, resolve));
      written += chunk.byteLength;
    },
    end: async () => {},
    discard: () => {},
  };
  const outcome = await ran('head -c 300000 /dev/zero', { spill: () => slow }, clock);
  assert.equal(outcome.kind, 'response');
  assert.deepEqual([outcome.response.bodyBytes, written], [300_000, 300_000]);
});
