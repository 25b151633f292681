// What `all` promises to those who type: keys, places and outcomes are known to the compiler. A
// claim that does not hold is an error of the type check, not of this run.

import { test } from 'node:test';
import type {
  all,
  DirectResult,
  GroupFailure,
  GroupPending,
  GroupResult,
  GroupSuccess,
  Sendoff,
} from '../src/index.ts';

type Equal<A, B> =
  (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;

function claim<Claim extends true>(): Claim | undefined {
  return undefined;
}

async function kept(so: Sendoff, url: string, many: readonly string[]) {
  const named = await so.all({ jd: url, wx: { url, json: 1 }, ali: new URL(url) }, { wait: '2s' });
  claim<Equal<keyof typeof named, 'jd' | 'wx' | 'ali'>>();
  claim<Equal<typeof named.jd, GroupResult<'jd'>>>();
  // @ts-expect-error a key that nobody gave
  void named.paypal;

  const [first, second] = await so.all([url, new Request(url)]);
  claim<Equal<typeof first, GroupResult<number>>>();
  claim<Equal<typeof second, GroupResult<number>>>();
  const listed = await so.all(many);
  claim<Equal<typeof listed, GroupResult<number>[]>>();

  const direct = await so.all({ jd: url }, { durable: false });
  claim<Equal<typeof direct.jd, DirectResult<'jd'>>>();
  for await (const one of so.all({ a: url, b: url })) {
    claim<Equal<typeof one.key, 'a' | 'b'>>();
  }

  const { jd } = named;
  if (jd.ok) claim<Equal<typeof jd, GroupSuccess<'jd'>>>();
  else if (jd.state === 'pending') claim<Equal<typeof jd, GroupPending<'jd'>>>();
  else claim<Equal<typeof jd, GroupFailure<'jd'>>>();
  if (jd.ok) claim<Equal<typeof jd.response, Response>>();
  if (jd.state === 'pending') claim<Equal<typeof jd.id, string>>();

  // @ts-expect-error one key cannot stand for several requests
  void so.all([url], { key: 'k' });
  // @ts-expect-error a request needs a URL
  void so.all([{ method: 'POST' }]);
  // @ts-expect-error a URL alone is no group
  void so.all(url);
}

async function direct(send: typeof all, url: string) {
  const [one] = await send([url], { timeout: 20, concurrency: 5 });
  claim<Equal<typeof one.state, 'succeeded' | 'failed' | 'cancelled'>>();
  // @ts-expect-error nothing is stored
  void send([url], { durable: true });
}

test('the compiler knows keys, places and outcomes', () => {
  void [kept, direct];
});
