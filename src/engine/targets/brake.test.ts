import assert from 'node:assert/strict';
import { test } from 'node:test';
import { limits } from '../../limits.ts';
import { Brake, type Reached } from './brake.ts';

/** Some origins, and what attempts to them come to. */
class World {
  readonly brake = new Brake();
  readonly #contacts = new Map<number, { answeredAt: number; unreachedAt: number }>();
  readonly told: [what: string, at: number][] = [];

  attempt(origin: number, reached: Reached, now: number): void {
    if (this.brake.opensAt(now) > now) return;
    this.brake.begin(now);
    const never = Number.NEGATIVE_INFINITY;
    const contact = this.#contacts.get(origin) ?? { answeredAt: never, unreachedAt: never };
    this.#contacts.set(origin, contact);
    if (reached === 'answer') contact.answeredAt = now;
    if (reached === 'nobody') contact.unreachedAt = now;
    const what = this.brake.end(reached, () => this.#contacts.values(), now);
    if (what) this.told.push([what, now]);
  }

  /** One attempt each 10 ms, to one origin after another. */
  run(
    { from, to }: { readonly from: number; readonly to: number },
    origins: number,
    reached: (origin: number) => Reached,
  ): void {
    for (let now = from; now < to; now += 10) {
      const origin = (now / 10) % origins;
      this.attempt(origin, reached(origin), now);
    }
  }
}

const up = (): Reached => 'answer';
const gone = (): Reached => 'nobody';

test('when nobody answers any more, it is suspected within 4 s', () => {
  const world = new World();
  world.run({ from: 0, to: 20_000 }, 20, up);
  world.run({ from: 20_000, to: 30_000 }, 20, gone);
  assert.equal(world.told[0]?.[0], 'suspect');
  assert.ok((world.told[0]?.[1] ?? 0) <= 24_000);
});

test('while it is suspected one attempt begins each 5 s, and any answer ends it', () => {
  const world = new World();
  world.run({ from: 0, to: 10_000 }, 20, gone);
  const since = world.brake.since as number;
  assert.equal(world.brake.opensAt(since), since + limits.brakeProbeMs);
  world.attempt(1, 'nobody', since + 5_000);
  assert.equal(world.brake.opensAt(since + 5_000), since + 10_000);
  world.attempt(2, 'unknown', since + 10_000);
  assert.equal(world.brake.since, since);
  world.attempt(3, 'answer', since + 15_000);
  assert.deepEqual(world.told.at(-1), ['clear', since + 15_000]);
  assert.ok(world.brake.opensAt(since + 15_000) <= since + 15_000);
});

test('one dead target never brakes the others, however much of the traffic it has', () => {
  const world = new World();
  const mostlyDead = (origin: number): Reached => (origin % 50 === 0 ? 'answer' : 'nobody');
  for (let now = 0; now < 120_000; now += 10) {
    const nth = now / 10;
    world.attempt(nth % 50 === 0 ? 1 : 0, mostlyDead(nth), now);
  }
  for (let now = 120_000; now < 240_000; now += 10) world.attempt(0, 'nobody', now);
  assert.deepEqual(world.told, []);
});

test('most of three targets for 10 s is enough, a minority of many is not', () => {
  const few = new World();
  few.run({ from: 0, to: 9_500 }, 4, (origin) => (origin === 0 ? 'answer' : 'nobody'));
  assert.deepEqual(few.told, []);
  few.run({ from: 9_500, to: 11_000 }, 4, (origin) => (origin === 0 ? 'answer' : 'nobody'));
  assert.equal(few.told[0]?.[0], 'suspect');
  const many = new World();
  many.run({ from: 0, to: 60_000 }, 20, (origin) => (origin < 9 ? 'nobody' : 'answer'));
  assert.deepEqual(many.told, []);
});

test('most attempts is not enough where most origins answer', () => {
  const world = new World();
  for (let now = 0; now < 60_000; now += 10) {
    const isDead = now % 100 !== 0;
    world.attempt(
      isDead ? (now / 10) % 3 : 3 + ((now / 100) % 10),
      isDead ? 'nobody' : 'answer',
      now,
    );
  }
  assert.deepEqual(world.told, []);
});

test('few attempts are no evidence', () => {
  const world = new World();
  for (let now = 0; now < 60_000; now += 1_000) world.attempt(now / 1_000, 'nobody', now);
  assert.deepEqual(world.told, []);
});

test('a suspicion that comes back soon after it was wrong is believed later each time', () => {
  const world = new World();
  world.run({ from: 0, to: 300_000 }, 7, (origin) => (origin < 2 ? 'answer' : 'nobody'));
  const suspected = world.told.filter(([what]) => what === 'suspect').map(([, at]) => at);
  const cleared = world.told.filter(([what]) => what === 'clear').map(([, at]) => at);
  assert.ok(suspected.length >= 2 && suspected.length <= 5, `${suspected}`);
  const delays = suspected.slice(1).map((at, index) => at - (cleared[index] as number));
  for (const [index, delay] of delays.slice(1).entries()) assert.ok(delay > 1.5 * delays[index]!);
});

test('a clock that is set back keeps nobody waiting', () => {
  const world = new World();
  world.run({ from: 3_600_000, to: 3_620_000 }, 20, gone);
  assert.ok(world.brake.since !== undefined);
  assert.ok(world.brake.opensAt(0) <= limits.brakeProbeMs);
});
