// What the clients hand over: every form of hand-over, with and without an id or a key of their
// own, small and large, now and later, and a few that must be refused. All of it follows from the
// seed.

import { bytesNamed, requestFingerprint } from './content.ts';
import type { Fate } from './ledger.ts';
import { between, pick, type Random, seeded, skewed } from './random.ts';

/** `none`: nobody but the server names it, so it cannot be repeated safely. */
export type Identity = 'none' | 'id' | 'key';

export interface Planned {
  /** Names the job in every ledger; travels as the header `x-torture`. */
  readonly token: string;
  readonly identity: Identity;
  readonly method: string;
  readonly url: string;
  readonly body: Buffer;
  readonly delayMs: number;
  readonly fate: Fate;
  /** It breaks a rule: nothing of it may ever be sent. */
  readonly isWrong: boolean;
  readonly fingerprint: string;
}

/** `one`, `array` and `lines` by `POST /v1/jobs`, `through` by `/v1/to`. */
export type Form = 'one' | 'array' | 'lines' | 'through';

export interface Submission {
  readonly form: Form;
  readonly jobs: readonly Planned[];
}

export interface Planner {
  readonly seed: string;
  readonly targetPorts: readonly number[];
}

/** The n-th submission of a run. */
export function planSubmission(planner: Planner, number: number): Submission {
  const random = seeded(`${planner.seed} submission ${number}`);
  const form = pick(random, { one: 45, through: 40, array: 8, lines: 7 });
  const count = form === 'array' || form === 'lines' ? between(random, 2, 12) : 1;
  const isWrong = random() < 0.02;
  const jobs: Planned[] = [];
  for (let index = 0; index < count; index++) {
    jobs.push(planJob(planner, random, { token: `${number}-${index}`, form, isWrong }));
  }
  return { form, jobs };
}

function planJob(
  { targetPorts }: Planner,
  random: Random,
  { token, form, isWrong }: { token: string; form: Form; isWrong: boolean },
): Planned {
  const method = pick(random, { POST: 75, PUT: 15, GET: 10 });
  const fate = pick(random, { succeed: 96, reject: 2, exhaust: 2 });
  const port = targetPorts[between(random, 0, targetPorts.length - 1)];
  const path = `/${fate}/${token}?q=${between(random, 0, 999)}&a=%2F`;
  const body = method === 'GET' ? Buffer.alloc(0) : bytesNamed(token, bodyBytes(form, random));
  return {
    token,
    identity: pick(random, { none: 40, id: 40, key: 20 }),
    method,
    url: `http://127.0.0.1:${port}${path}`,
    body,
    delayMs: random() < 0.1 ? between(random, 100, 3_000) : 0,
    fate,
    isWrong,
    fingerprint: requestFingerprint({ method, path, token, body }),
  };
}

/** Some are larger than what is kept in a row. */
function bodyBytes(form: Form, random: Random): number {
  const isLarge = random() < (form === 'through' ? 0.04 : 0.01);
  return isLarge ? between(random, 65_537, 400_000) : skewed(random, 1, 8_000);
}
