// `all` in this process: the requests are stored as one group, and their outcomes are told of as
// they come. Who stops waiting leaves the jobs behind, which go on.

import { checkWaiting, type Entry, entriesOf } from '../all/entries.ts';
import { startRun, type Tell } from '../all/run.ts';
import type { Engine, JobOutcome } from '../engine/engine.ts';
import { discardBody } from '../engine/intake/receive-body.ts';
import { SendoffError } from '../errors.ts';
import type { AllOptions, GroupRequests, GroupRun } from '../group.ts';
import type { Submission } from '../job/checked.ts';
import { inRequest } from '../job/default-options.ts';
import { checkId } from '../job/id.ts';
import { checkName } from '../job/text.ts';
import { abortedError, type RequestInput } from '../request-input.ts';
import { groupResult } from './group-result.ts';

interface Home {
  /** @throws SendoffError `closed` */
  readonly engine: () => Engine;
  readonly submission: (request: RequestInput) => Promise<Submission>;
}

export function allKept(
  requests: GroupRequests,
  options: AllOptions,
  home: Home,
): GroupRun<unknown, unknown> {
  return startRun(async (tell) => {
    const { waitMs, signal } = checkWaiting(options);
    const id = options.id === undefined ? undefined : checkId(options.id);
    const engine = home.engine();
    if (signal?.aborted) throw abortedError(signal);
    const entries = await entriesOf(requests, options);
    const keys = entries.map(({ key }) => key);
    const isList = Array.isArray(requests);
    if (entries.length === 0) return { isList, keys };
    const submissions = await submissionsOf(entries, home);
    const names = keys.map((key) => checkName(String(key), 'requests'));
    const named = { ...(id !== undefined && { id }), join: 'all', isList, keys: names } as const;
    const group = await engine.submitGroup({ ...named, submissions });
    const wait = { ...(waitMs !== undefined && { timeoutMs: waitMs }), ...(signal && { signal }) };
    const ids = group.members.map((member) => member.id);
    await follow(engine.outcomes(ids, wait), { keys, ids, tell });
    return { isList, keys };
  });
}

async function submissionsOf(entries: readonly Entry[], home: Home): Promise<Submission[]> {
  const submissions: Submission[] = [];
  try {
    for (const { key, request } of entries) {
      const one = home.submission(request);
      submissions.push(
        await one.catch((error) => {
          throw inRequest(error, key);
        }),
      );
    }
    return submissions;
  } catch (error) {
    for (const { body } of submissions) discardBody(body);
    throw error;
  }
}

interface Follow {
  readonly keys: readonly (string | number)[];
  readonly ids: readonly string[];
  readonly tell: Tell;
}

/** Tells of each outcome, and then of those that are left. */
async function follow(
  outcomes: AsyncIterable<readonly JobOutcome[]>,
  { keys, ids, tell }: Follow,
): Promise<void> {
  const left = new Map<string, number[]>();
  for (const [place, id] of ids.entries()) left.set(id, [...(left.get(id) ?? []), place]);
  try {
    for await (const some of outcomes) {
      for (const outcome of some) {
        for (const place of left.get(outcome.id) ?? []) {
          tell(place, groupResult(keys[place] as string | number, outcome));
        }
        left.delete(outcome.id);
      }
    }
  } catch (error) {
    // This home was closed meanwhile; the jobs are on disk.
    if (!(error instanceof SendoffError && error.code === 'closed')) throw error;
  }
  for (const [id, places] of left) {
    for (const place of places) {
      tell(place, { ok: false, key: keys[place] as string | number, state: 'pending', id });
    }
  }
}
