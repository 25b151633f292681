// Pages of jobs, newest first. A cursor names the last job seen and the filter that it belongs to.

import { createHash } from 'node:crypto';
import { SendoffError } from '../../errors.ts';
import { checkCause } from '../../job/cause.ts';
import { targetUrl } from '../../job/target-name.ts';
import { limits } from '../../limits.ts';
import type { JobPage, ListOptions } from '../../sendoff.ts';
import type { ListQuery } from '../../store/store.ts';
import { isUnderWay } from '../attempts/held-job.ts';
import type { Node } from '../node.ts';
import { viewOf } from './view.ts';

const DEFAULT_ROWS = 50;
const CURSOR = /^([0-9a-z]{1,11})\.([0-9a-f]{16})$/;

export async function list(node: Node, options: ListOptions): Promise<JobPage> {
  const limit = checkLimit(options.limit);
  const beforeSeq = options.cursor === undefined ? undefined : readCursor(options);
  // What is under way has not failed.
  if (options.state === 'running' && options.cause !== undefined) return { jobs: [] };
  if (options.state === 'running') return listRunning(node, options, { limit, beforeSeq });
  const page = await node.store.list(queryOf(options, { limit, beforeSeq }));
  const jobs = page.jobs.map((row) => viewOf(row, node.window.find(row.id), node));
  return {
    jobs: options.state === undefined ? jobs : jobs.filter(({ state }) => state === options.state),
    ...(page.nextBeforeSeq !== null && { next: writeCursor(options, page.nextBeforeSeq) }),
    ...(page.isPartial && { partial: true }),
  };
}

interface Place {
  readonly limit: number;
  readonly beforeSeq: number | undefined;
}

function queryOf(options: ListOptions, { limit, beforeSeq }: Place): ListQuery {
  const { queue, state, tag, url, cause } = options;
  return {
    limit,
    ...(queue !== undefined && { queue }),
    ...(state !== undefined && state !== 'running' && { state }),
    ...(tag !== undefined && { tag }),
    ...(url !== undefined && { url }),
    ...(cause !== undefined && { cause: checkCause(cause, 'cause') }),
    ...(beforeSeq !== undefined && { beforeSeq }),
  };
}

/** What is under way is known to memory alone, and is never more than the attempts at once. */
async function listRunning(node: Node, options: ListOptions, place: Place): Promise<JobPage> {
  const { limit, beforeSeq = Number.POSITIVE_INFINITY } = place;
  const running = [...node.window.all()]
    .filter((job) => isUnderWay(job) && job.seq < beforeSeq)
    .filter(({ queue, spec }) => {
      const isQueue = options.queue === undefined || queue === options.queue;
      const isTag = options.tag === undefined || spec.tags?.includes(options.tag);
      return isQueue && isTag && targetUrl(spec.target).includes(options.url ?? '');
    })
    .sort((a, b) => b.seq - a.seq);
  const chosen = running.slice(0, limit);
  const rows = await node.store.get(chosen.map(({ id }) => id));
  const jobs = rows.flatMap((row) => (row ? [viewOf(row, node.window.find(row.id), node)] : []));
  const last = chosen.at(-1);
  const hasMore = last !== undefined && running.length > limit;
  return hasMore ? { jobs, next: writeCursor(options, last.seq) } : { jobs };
}

function checkLimit(limit: number = DEFAULT_ROWS): number {
  if (Number.isInteger(limit) && limit >= 1 && limit <= limits.listRows) return limit;
  throw new SendoffError(
    'invalid_limit',
    `Expected \`limit\` to be a whole number from 1 to ${limits.listRows}, got \`${limit}\``,
    { field: 'limit' },
  );
}

function writeCursor(options: ListOptions, seq: number): string {
  const place = seq.toString(36);
  return `${place}.${sealOf(options, place)}`;
}

function readCursor(options: ListOptions): number {
  const [, place = '', seal] = CURSOR.exec(options.cursor ?? '') ?? [];
  if (place !== '' && seal === sealOf(options, place)) return Number.parseInt(place, 36);
  throw new SendoffError(
    'invalid_cursor',
    'Expected `cursor` to be the `next` of a page of this filter',
    {
      field: 'cursor',
    },
  );
}

// Not a secret: it only keeps a cursor from being used with another filter, or mangled.
function sealOf({ queue, state, tag, url, cause }: ListOptions, place: string): string {
  const text = JSON.stringify([queue, state, tag, url, cause, place]);
  return createHash('sha256').update(text).digest('hex').slice(0, 16);
}
