import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { limits } from '../../limits.ts';
import { Circuit, type CircuitResult } from './circuit.ts';

const most = 100;

function fresh(random = 0): Circuit {
  return new Circuit({ most, random: () => random });
}

function isOpen(circuit: Circuit, now: number): boolean {
  return circuit.opensAt(now) <= now;
}

function run(circuit: Circuit, result: CircuitResult, now: number): string | undefined {
  circuit.begin(now);
  return circuit.end(result, now, now);
}

/** Begins as many as may begin now. */
function beginAll(circuit: Circuit, now: number): number {
  let begun = 0;
  for (; begun < 2 * most && isOpen(circuit, now); begun++) circuit.begin(now);
  return begun;
}

/** Opened at instant 0. */
function opened(random = 0): Circuit {
  const circuit = fresh(random);
  for (let n = 0; n < limits.circuitFailures; n++) run(circuit, 'failure', n - 9);
  assert.equal(circuit.state, 'open');
  return circuit;
}

test('ten failures in a row open it, nine and a success do not', () => {
  const circuit = fresh();
  for (let n = 0; n < 4; n++) run(circuit, 'failure', 1);
  run(circuit, 'success', 1);
  for (let n = 0; n < 9; n++) assert.equal(run(circuit, 'failure', 1), undefined);
  assert.equal(run(circuit, 'neutral', 1), undefined);
  assert.equal(isOpen(circuit, 1), true);
  assert.equal(run(circuit, 'failure', 1), 'opened');
  assert.deepEqual([circuit.state, isOpen(circuit, 2), circuit.openedAt], ['open', false, 1]);
});

test('half of the last twenty open it, fewer never do', () => {
  const half = fresh();
  for (let n = 0; n < 20; n++) run(half, n % 2 === 0 ? 'success' : 'failure', n);
  assert.equal(half.state, 'open');
  const third = fresh();
  for (let n = 0; n < 300; n++) run(third, n % 3 === 0 ? 'failure' : 'success', n);
  assert.equal(third.state, 'closed');
});

test('a probe may begin after 5 s, then after twice as long each time, up to 60 s', () => {
  const circuit = opened();
  let now = 0;
  for (const seconds of [5, 10, 20, 40, 60, 60]) {
    assert.equal(circuit.opensAt(now), now + seconds * 1_000);
    now += seconds * 1_000;
    assert.equal(beginAll(circuit, now), 1);
    circuit.end('failure', now, now);
  }
});

test('probes of many circuits are spread by chance', () => {
  assert.equal(opened(0.5).opensAt(0), 5_500);
});

test('a probe that we ended ourselves is made again at once', () => {
  const circuit = opened();
  run(circuit, 'neutral', 5_000);
  assert.equal(isOpen(circuit, 5_000), true);
});

test('a probe that hangs is joined by another after 60 s, whose success counts', () => {
  const circuit = opened();
  circuit.begin(5_000);
  assert.equal(circuit.opensAt(5_000), 65_000);
  assert.equal(beginAll(circuit, 65_000), 1);
  circuit.end('success', 65_000, 65_010);
  circuit.end('failure', 5_000, 65_020);
  assert.equal(circuit.state, 'ramp');
  assert.equal(beginAll(circuit, 65_020), 1);
});

test('after a probe succeeds, 1, 2, 4 … may run, each step after as many successes', () => {
  const circuit = opened();
  run(circuit, 'success', 5_000);
  const steps: number[] = [];
  for (let now = 6_000; circuit.state === 'ramp'; now++) {
    const step = beginAll(circuit, now);
    steps.push(step);
    for (let n = 0; n < step; n++) circuit.end('success', now, now);
  }
  assert.deepEqual(steps, [1, 2, 4, 8, 16, 32, 64, 100]);
  assert.deepEqual([circuit.state, circuit.isPlain], ['closed', true]);
});

test('a target that is slow but does not fail gets more at once all the same', () => {
  const circuit = opened();
  run(circuit, 'success', 5_000);
  assert.equal(beginAll(circuit, 5_001), 1);
  assert.equal(circuit.opensAt(5_002), 5_000 + limits.circuitProbeMostMs);
  assert.equal(beginAll(circuit, 65_000), 1);
  assert.equal(beginAll(circuit, 65_001), 0);
  assert.equal(beginAll(circuit, 125_000), 2);
});

test('a failure early in the ramp opens it again, with the longer delay', () => {
  const circuit = opened();
  for (let now = 5_000; now < 5_003; now++) run(circuit, 'success', now);
  assert.equal(run(circuit, 'failure', 5_003), 'opened');
  assert.deepEqual([circuit.state, circuit.opensAt(5_003)], ['open', 15_003]);
});

test('a target that fails one time in ten gets through the ramp', () => {
  const circuit = opened();
  run(circuit, 'success', 5_000);
  for (let n = 1; n <= 300; n++) run(circuit, n % 10 === 0 ? 'failure' : 'success', 5_000 + n);
  assert.equal(circuit.state, 'closed');
});

test('what began before it opened moves nothing when it ends', () => {
  const circuit = fresh();
  for (let n = 0; n < 30; n++) circuit.begin(0);
  for (let n = 0; n < 10; n++) circuit.end('failure', 0, 10);
  assert.equal(circuit.state, 'open');
  for (let n = 0; n < 10; n++) assert.equal(circuit.end('success', 0, 20), undefined);
  assert.equal(circuit.state, 'open');
  assert.equal(beginAll(circuit, 5_010), 1, 'a probe beside the ten that still hang');
  assert.equal(circuit.end('success', 5_010, 5_020), 'closed');
  for (let n = 0; n < 5; n++) assert.equal(circuit.end('failure', 0, 5_030), undefined);
  assert.equal(circuit.state, 'ramp');
  assert.equal(beginAll(circuit, 5_030), 1);
});

test('a clock that is set back an hour costs one probe interval', () => {
  const circuit = opened();
  const now = -3_600_000;
  assert.ok(circuit.opensAt(now) <= now + 72_000);
  run(circuit, 'success', now + 72_000);
  assert.equal(circuit.state, 'ramp');
});

test('when the trouble was ours, the probe comes at once', () => {
  const circuit = opened();
  circuit.hurry(100);
  assert.equal(isOpen(circuit, 100), true);
});

test('whatever happens, something may begin within 72 s', () => {
  const results = fc.constantFrom<CircuitResult>('success', 'failure', 'neutral');
  const steps = fc.array(fc.tuple(results, fc.integer({ min: -9_000, max: 90_000 })));
  fc.assert(
    fc.property(steps, (all) => {
      const circuit = fresh(0.9);
      let now = 0;
      for (const [result, byMs] of all) {
        now += byMs;
        if (isOpen(circuit, now)) run(circuit, result, now);
        else assert.ok(circuit.opensAt(now) <= now + 72_000);
      }
    }),
  );
});
