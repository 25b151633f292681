// A group as callers see it: its state, and what became of each request under the key that the
// caller gave it. Bodies stand in the answer as long as they are small; a large one is got from its
// job.

import { isUtf8 } from 'node:buffer';
import type { Engine, Group, JobOutcome } from '../engine/engine.ts';
import type { HeaderLines, State } from '../job/job.ts';
import { targetUrl } from '../job/target-name.ts';
import { limits } from '../limits.ts';
import type { ResponseView } from '../sendoff.ts';

/** What became of one request. */
export interface MemberAnswer {
  readonly id: string;
  /** `pruned`: the job is no longer kept. */
  readonly state: State | 'pruned';
  readonly ok: boolean;
  readonly reason?: string;
  readonly error?: string;
  readonly detail?: string;
  readonly url?: string;
  /** From the hand-over to the outcome, milliseconds. */
  readonly ms?: number;
  readonly status?: number;
  readonly headers?: HeaderLines;
  readonly bodyBytes?: number;
  readonly exitCode?: number;
  readonly signal?: string;
  readonly stderr?: string;
  /** The body, if it is text. */
  readonly body?: string;
  readonly bodyBase64?: string;
  /** The body is not here, or not whole: see the job's own response. */
  readonly truncated?: true;
}

export interface GroupAnswer {
  readonly id: string;
  /** `pending` until every job is settled; then `succeeded` if every target answered with 2xx. */
  readonly state: 'pending' | 'succeeded' | 'failed';
  readonly join: string;
  readonly createdAt: string;
  readonly results: Readonly<Record<string, MemberAnswer>> | readonly MemberAnswer[];
}

type Wait = Parameters<Engine['outcomes']>[1];

/** Waits as long as it may, and says what there is; without `wait` nothing can be there yet. */
export async function groupAnswer(
  engine: Engine,
  group: Group,
  wait: Wait | undefined,
): Promise<GroupAnswer> {
  const found = new Map<string, MemberAnswer>();
  const times = new Map<string, number>();
  for (const { id } of group.members) times.set(id, (times.get(id) ?? 0) + 1);
  let left: number = limits.groupAnswerBytes;
  const outcomes = wait === undefined ? [] : engine.outcomes(idsOf(group), wait);
  for await (const some of outcomes) {
    for (const outcome of some) {
      // A job that stands for several requests takes its room as often.
      const copies = times.get(outcome.id) ?? 1;
      const answer = await memberAnswer(outcome, left / copies);
      const isHere = answer.body !== undefined || answer.bodyBase64 !== undefined;
      left -= isHere ? copies * answer.bodyBytes! : 0;
      found.set(outcome.id, answer);
    }
  }
  const answers = group.members.map(({ key, id }): [string, MemberAnswer] => {
    return [key, found.get(id) ?? { id, state: 'pending', ok: false }];
  });
  const results = group.isList ? answers.map(([, one]) => one) : Object.fromEntries(answers);
  const isSettled = answers.every(([, { id }]) => found.has(id));
  const isOk = answers.every(([, { ok }]) => ok);
  const state = isSettled ? (isOk ? 'succeeded' : 'failed') : 'pending';
  return { id: group.id, state, join: group.join, createdAt: group.createdAt, results };
}

export function idsOf({ members }: Group): readonly string[] {
  return members.map(({ id }) => id);
}

/** @param mostBytes that its body may take */
export async function memberAnswer(
  { id, answer, error, detail }: JobOutcome,
  mostBytes: number,
): Promise<MemberAnswer> {
  if (answer.kind === 'unknown') return { id, state: 'pruned', ok: false };
  const { state, reason, response, settledAt, createdAt, target } = answer.job;
  const ms = settledAt === undefined ? 0 : Date.parse(settledAt) - Date.parse(createdAt);
  return {
    ...{ id, state, ok: state === 'succeeded' },
    ...(reason !== undefined && { reason }),
    ...(error !== undefined && { error }),
    ...(detail !== undefined && { detail }),
    ...{ url: targetUrl(target), ms },
    ...(response && headOf(response)),
    ...(answer.kind === 'answer' && (await bodyOf(answer, mostBytes))),
    ...(answer.kind === 'pruned' && { truncated: true }),
  };
}

/** Beside the body; of a command its exit too. */
function headOf({ truncated, incomplete, ...head }: ResponseView): Partial<MemberAnswer> {
  return head;
}

type Body = Pick<MemberAnswer, 'body' | 'bodyBase64' | 'truncated'>;

async function bodyOf(
  { response, read }: Extract<JobOutcome['answer'], { kind: 'answer' }>,
  mostBytes: number,
): Promise<Body> {
  const { bodyBytes, isTruncated, isIncomplete } = response;
  if (bodyBytes > Math.min(limits.groupBodyBytes, mostBytes)) return { truncated: true };
  const bytes = Buffer.concat(await Array.fromAsync(read()));
  const isWhole = !isTruncated && !isIncomplete;
  const body = isUtf8(bytes)
    ? { body: bytes.toString() }
    : { bodyBase64: bytes.toString('base64') };
  return isWhole ? body : { ...body, truncated: true };
}
