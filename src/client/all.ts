// `all` over HTTP: the group is handed over in one call, repeated by its id if need be, and its
// results are read as lines while they come, over any number of connections. Who stops waiting
// leaves the jobs behind, which go on at the server.

import { checkWaiting, type Entry, entriesOf, type Waiting } from '../all/entries.ts';
import { wholeBody } from '../all/prepare.ts';
import { startRun, type Tell } from '../all/run.ts';
import type { Clock } from '../clock.ts';
import { SendoffError } from '../errors.ts';
import type { AllOptions, GroupRequests, GroupRun } from '../group.ts';
import { inRequest } from '../job/default-options.ts';
import { limits } from '../limits.ts';
import { groupResult, type Line } from './group-result.ts';
import { jobFields } from './hand-over.ts';
import { readLines } from './lines.ts';
import type { Transport } from './transport.ts';
import { Patience } from './wait.ts';

interface Home {
  readonly transport: Transport;
  readonly clock: Clock;
}

export function allKept(
  requests: GroupRequests,
  options: AllOptions,
  home: Home,
): GroupRun<unknown, unknown> {
  return startRun(async (tell) => {
    const waiting = checkWaiting(options);
    const entries = await entriesOf(requests, options);
    const isList = Array.isArray(requests);
    if (entries.length > 0)
      await follow(await handOver(entries, { ...home, options, isList }), {
        ...{ ...home, ...waiting, entries, tell },
      });
    return { isList, keys: entries.map(({ key }) => key) };
  });
}

interface HandOver extends Home {
  readonly options: AllOptions;
  readonly isList: boolean;
}

interface Handed {
  readonly id: string;
  /** Ids of the jobs, in the order of the requests. */
  readonly jobs: readonly string[];
}

async function handOver(
  entries: readonly Entry[],
  { transport, clock, options, isList }: HandOver,
): Promise<Handed> {
  const id = options.id ?? clock.id();
  const jobs: [string, object][] = [];
  for (const { key, request } of entries) {
    jobs.push([String(key), await fieldsOf(key, request)]);
  }
  const requests = isList ? jobs.map(([, job]) => job) : Object.fromEntries(jobs);
  const answer = await transport.json<{ results: Record<string, { id: string }> }>({
    method: 'POST',
    path: '/v1/groups',
    headers: ['content-type', 'application/json'],
    body: JSON.stringify({ id, join: 'all', requests }),
    isRepeatable: true,
    signal: options.signal,
  });
  return { id, jobs: entries.map(({ key }) => answer.results[key]?.id ?? '') };
}

async function fieldsOf(key: Entry['key'], request: Entry['request']): Promise<object> {
  try {
    const body = request.body === null ? null : await wholeBody(request.body);
    return jobFields({ ...request, body });
  } catch (error) {
    throw inRequest(error, key);
  }
}

interface Follow extends Home, Waiting {
  readonly entries: readonly Entry[];
  readonly tell: Tell;
}

/** Tells of each result that comes in time, and then of those that are left. */
async function follow({ id, jobs }: Handed, parts: Follow): Promise<void> {
  const { entries, tell, transport, clock, waitMs, signal } = parts;
  const left = new Map(entries.map(({ key }, place) => [key, place]));
  const over = new AbortController();
  const stopWait =
    waitMs === undefined
      ? () => {}
      : clock.after(waitMs, () => over.abort(), {
          keepsAlive: true,
        });
  const ends = signal === undefined ? over.signal : AbortSignal.any([over.signal, signal]);
  try {
    for await (const line of lines(transport, {
      id,
      waitMs,
      signal: ends,
      isOver: () => left.size === 0,
    })) {
      const place = left.get(line.key);
      const result = place === undefined ? undefined : groupResult(line, transport);
      if (place === undefined || result === undefined) continue;
      left.delete(line.key);
      tell(place, result);
    }
  } catch (error) {
    // The jobs are on the server's disk, whatever became of the way there.
    if (!(error instanceof SendoffError && passing.has(error.code))) throw error;
  } finally {
    stopWait();
  }
  for (const [key, place] of left) {
    tell(place, { ok: false, key, state: 'pending', id: jobs[place] ?? '' });
  }
}

const passing: ReadonlySet<string> = new Set(['aborted', 'closed', 'unreachable', 'stopping']);

interface Stream {
  readonly id: string;
  readonly waitMs: number | undefined;
  readonly signal: AbortSignal;
  readonly isOver: () => boolean;
}

async function* lines(transport: Transport, stream: Stream): AsyncGenerator<Line> {
  const patience = new Patience(transport, stream.signal);
  while (!stream.isOver()) {
    try {
      yield* connection(transport, stream);
    } catch (error) {
      await patience.bear(error);
      continue;
    }
    if (!stream.isOver()) await patience.again();
  }
}

async function* connection(
  transport: Transport,
  { id, waitMs, signal }: Stream,
): AsyncGenerator<Line> {
  const mostSeconds = limits.waitMs / 1_000;
  const seconds = Math.min(mostSeconds, Math.ceil((waitMs ?? limits.waitMs) / 1_000) + 1);
  const answer = await transport.once({
    method: 'GET',
    path: `/v1/groups/${id}`,
    headers: ['accept', 'application/x-ndjson', 'prefer', `wait=${seconds}`],
    isLong: true,
    signal,
  });
  if (answer.statusCode !== 200) throw await transport.refusal(answer);
  try {
    for await (const text of readLines(answer.body)) yield JSON.parse(text) as Line;
  } catch (error) {
    throw transport.failure(error, signal);
  }
}
