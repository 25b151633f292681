// Says whether work is taken, and says no before it costs anything. Three bounds: the jobs that
// wait for a commit, so that nobody waits long behind them; the bytes of their bodies; and each
// caller's share of both, so that one that floods is refused before others notice. What ends work
// (results, cancellations) never asks here.

import { SendoffError } from '../../errors.ts';
import { limits } from '../../limits.ts';
import type { Node } from '../node.ts';
import type { Overload } from './overload.ts';
import { type CallerClass, Shares } from './shares.ts';

/** Why work is not taken, and when to ask again. */
export interface Refusal {
  readonly code: 'busy' | 'rate_limited' | 'stopping' | 'storage_full';
  readonly detail: string;
  /** Whose bound it is: `server`, `disk`, or the caller's own class. */
  readonly scope: string;
  readonly retryAfterMs: number;
}

/** How much somebody wants to hand over. */
export interface Wish {
  /** The class of the caller. */
  readonly from: string;
  readonly jobs: number;
  readonly bytes: number;
}

/** Callers of our own: bounded by themselves, and nobody would ask again for them. */
export const OWN = 'own';
/** Callers in this process. */
export const LIBRARY = 'library';
/** Pages with a publishable key: refused before those who run this server. */
export const PAGES = 'pages';
/** Followed by the name of a token. */
export const TOKEN_PREFIX = 'token:';

const PAGES_SHARE = 0.5;
/** A class that holds nothing finds room even where one other holds all that it may. */
const BYTES_SHARE = 8;
/** Bodies that are still arriving leave room for small jobs, which come with their heads. */
const READING_SHARE = 0.75;
const BUSY_LEAST_MS = 1_000;
const BUSY_SPREAD_MS = 3_000;
const DISK_FULL_MS = 10_000;

export class Admission {
  readonly shares: Shares = new Shares();
  readonly overload: Overload;
  readonly #commitQueue: number;
  readonly #bytesWaiting: number;
  /** Taken and not yet stored, those of the commit under way among them. */
  jobs = 0;
  bytes = 0;

  constructor(options: { readonly commitQueue: number; readonly overload: Overload }) {
    this.#commitQueue = options.commitQueue;
    this.#bytesWaiting = limits.bytesWaiting;
    this.overload = options.overload;
  }

  /** As many jobs may wait as are stored in the longest wait; a commit's worth at least. */
  room({ jobsPerCommit, commitMs }: { jobsPerCommit: number; commitMs: number }): number {
    const inTime = (limits.commitWaitMs / Math.max(1, commitMs)) * jobsPerCommit;
    return Math.min(this.#commitQueue, Math.max(jobsPerCommit, inTime));
  }

  hasBytesFor(caller: CallerClass, { jobs, bytes }: Pick<Wish, 'jobs' | 'bytes'>): boolean {
    if (caller.bytes === 0) return this.bytes + bytes <= 2 * this.#bytesWaiting || this.bytes === 0;
    const most = this.#bytesWaiting * (jobs === 0 ? READING_SHARE : 1);
    return caller.bytes + bytes <= BYTES_SHARE * (most - this.bytes);
  }
}

/** Why this is not taken now; undefined: it is. */
export function refusalOf(node: Node, { from, jobs, bytes }: Wish): Refusal | undefined {
  if (node.isStopping) return stopping;
  if (node.isDiskFull) return refused(node, diskFull, jobs);
  if (from === OWN) return undefined;
  const { admission } = node;
  const now = node.clock.now();
  const share = admission.shares.shareAt(now);
  const caller = admission.shares.of(from);
  const load = node.store.load();
  const room = admission.room(load);
  const part = from === PAGES ? Math.min(share, PAGES_SHARE) : share;
  const underWay = Math.max(0, admission.jobs - load.jobs);
  const isFirst = caller.jobs === 0;
  const isWithin = isFirst || caller.jobs + jobs <= part * (room + underWay);
  const isRoom = load.jobs + jobs <= 2 * room || (isFirst && load.jobs <= 2 * room);
  const hasBytes = admission.hasBytesFor(caller, { jobs, bytes });
  if (isWithin && isRoom && hasBytes) return undefined;
  caller.asked += jobs;
  admission.shares.countRefused();
  return refused(node, busy(node, { from, share, hasBytes }), jobs);
}

/**
 * Makes room for what is stored next; to be called when that is over.
 * @throws SendoffError `busy`, `rate_limited`, `stopping`, `storage_full`
 */
export function admit(node: Node, wish: Wish): () => void {
  const refusal = refusalOf(node, wish);
  if (refusal !== undefined) throw errorOf(refusal);
  const { admission } = node;
  const { jobs, bytes } = wish;
  const caller = admission.shares.of(wish.from);
  admission.shares.countTaken(jobs);
  caller.asked += jobs;
  add(1);
  function add(sign: 1 | -1): void {
    caller.jobs += sign * jobs;
    caller.bytes += sign * bytes;
    admission.jobs += sign * jobs;
    admission.bytes += sign * bytes;
  }
  return () => add(-1);
}

export function errorOf({ code, detail, scope, retryAfterMs }: Refusal): SendoffError {
  return new SendoffError(code, detail, { scope, retryAfterMs });
}

const stopping: Refusal = {
  code: 'stopping',
  detail: 'This server is stopping',
  scope: 'server',
  retryAfterMs: 1_000,
};

const diskFull: Refusal = {
  code: 'storage_full',
  detail: 'The disk, or the share of it that this store may use, is full',
  scope: 'disk',
  retryAfterMs: DISK_FULL_MS,
};

interface Busy {
  readonly from: string;
  readonly share: number;
  /** The memory for bodies is not what is missing. */
  readonly hasBytes: boolean;
}

/** Spread, so that those who are refused together do not come back together. */
function busy(node: Node, { from, share, hasBytes }: Busy): Refusal {
  const retryAfterMs = BUSY_LEAST_MS + Math.floor(node.clock.random() * BUSY_SPREAD_MS);
  if (share < 1 && from.startsWith(TOKEN_PREFIX)) {
    const detail = 'This token asks for more than its share of a server that is busy';
    return { code: 'rate_limited', detail, scope: from, retryAfterMs };
  }
  const detail = hasBytes
    ? 'More is coming in than the disk can sync'
    : 'The memory for bodies is taken by those that are coming in';
  return { code: 'busy', detail, scope: 'server', retryAfterMs };
}

function refused(node: Node, refusal: Refusal, jobs: number): Refusal {
  node.admission.overload.refused(refusal.scope, jobs);
  return refusal;
}
