// A job as every door shows it: the row on disk, and what only the owner's memory knows.

import type { AttemptRecord, Exit, HeaderLines, Spec, Target } from '../../job/job.ts';
import type { AttemptView, JobView, ResponseView, TargetView } from '../../sendoff.ts';
import type { JobRow } from '../../store/store.ts';
import { type HeldJob, isUnderWay } from '../attempts/held-job.ts';
import type { Node } from '../node.ts';
import { holderOf } from './why.ts';

// Header names whose values nobody may read back. One too many costs little.
const SECRET =
  /authorization|cookie|token|secret|passw|credential|session|signature|(?<!idempotency-)key$/i;
const SECRET_WORD = /(^|[-_])(auth|jwt)([-_]|$)/i;

export function viewOf(row: JobRow, held: HeldJob | undefined, node: Node): JobView {
  const spec = JSON.parse(row.spec) as Spec;
  const isRunning = row.state === 'pending' && isUnderWay(held);
  const waiting =
    row.state === 'pending' && !isRunning
      ? holderOf(node, row, node.clock.now()).reason
      : undefined;
  return {
    id: row.id,
    state: isRunning ? 'running' : row.state,
    ...(row.reason !== null && { reason: row.reason }),
    ...(row.clock !== null && { clock: row.clock }),
    ...(waiting !== undefined && { waiting }),
    queue: row.queue,
    target: targetView(spec.target, row.bodyBytes),
    tags: spec.tags ?? [],
    createdAt: iso(row.createdAt),
    runAt: iso(row.runAt),
    ...(row.settledAt !== null && { settledAt: iso(row.settledAt) }),
    attempts: row.attempts + (isRunning ? 1 : 0),
    ...(spec.resentFrom !== undefined && { resentFrom: spec.resentFrom }),
    ...(row.response && { response: responseView(row.response) }),
  };
}

export function attemptView(record: AttemptRecord): AttemptView {
  return { ...record, startedAt: iso(record.startedAt), endedAt: iso(record.endedAt) };
}

function responseView(response: NonNullable<JobRow['response']>): ResponseView {
  return {
    status: response.status,
    headers: response.headers,
    bodyBytes: response.bodyBytes,
    truncated: response.isTruncated,
    incomplete: response.isIncomplete,
    ...(response.exit && exitView(response.exit)),
  };
}

function exitView({ code, signal, stderr }: Exit): Partial<ResponseView> {
  return {
    ...(code !== null && { exitCode: code }),
    ...(signal !== null && { signal }),
    stderr,
  };
}

/** What a caller put into the environment is shown by name alone: it is where secrets go. */
function targetView(target: Target, bodyBytes: number): TargetView {
  if (target.kind === 'http') {
    const { kind, method, url, headers } = target;
    return { kind, method, url, headers: redacted(headers), bodyBytes };
  }
  const { kind, name, program, args, env = {}, folder } = target;
  return {
    kind,
    ...(name !== undefined && { name }),
    ...(program !== undefined && { program }),
    args,
    env: Object.fromEntries(Object.keys(env).map((variable) => [variable, '***'])),
    ...(folder !== undefined && { folder }),
    inputBytes: bodyBytes,
  };
}

function redacted(headers: HeaderLines): HeaderLines {
  return headers.map(([name, value]) => [name, isSecret(name) ? '***' : value]);
}

/** The header is one whose value nobody may read back. */
export function isSecret(name: string): boolean {
  return SECRET.test(name) || SECRET_WORD.test(name);
}

function iso(instant: number): string {
  return new Date(instant).toISOString();
}
