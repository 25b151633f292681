import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type HeldJob, holdNew } from './held-job.ts';
import { Window } from './window.ts';

function jobOf(seq: number, id = `job-${seq}`): HeldJob {
  const retry = { limit: 0, backoff: { kind: 'fixed', delayMs: 0 } } as const;
  const target = { kind: 'http', method: 'GET', url: 'http://target.test/', headers: [] } as const;
  const spec = { target, retry, timeoutMs: 1_000 };
  const body = { body: null, bodyId: null, bodyBytes: 0 };
  const times = { runAt: 0, expiresAt: 1_000 };
  return holdNew({ seq, id, queue: 'q', priority: 2, spec, specBytes: 10, ...times, ...body }, 0);
}

test('a job that stands for another keeps its place before the low-water mark', () => {
  const window = new Window();
  const jobs = [1, 2, 3].map((seq) => jobOf(seq));
  for (const job of jobs) window.hold(job);
  const [first] = jobs as [HeldJob];
  const copy = { ...first };
  window.replace(first, copy);
  assert.equal(window.lowSeq(4), 1);
  window.release(first);
  assert.equal(window.find('job-1'), copy);
  window.release(copy);
  assert.deepEqual([window.lowSeq(4), window.size], [2, 2]);
});

test('a job that turns out to be a repeat leaves the one that it repeats where it is', () => {
  const window = new Window();
  const [original, repeat] = [jobOf(1, 'same'), jobOf(2, 'same')];
  window.hold(original);
  window.accept(original);
  window.hold(repeat);
  assert.equal(window.find('same'), original);
  window.release(repeat);
  assert.equal(window.find('same'), original);
});
