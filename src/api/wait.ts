// `Prefer: wait` on a job that is stored: the target's own answer if it comes in time, else
// nothing, and the caller gets its receipt. Driven by the engine's events; the store is not asked
// again and again.

import type { Engine } from '../engine/engine.ts';
import { noResponse, writeAnswer } from './answer.ts';
import { type Exchange, hangUpSignal } from './exchange.ts';

/**
 * True if the answer was written.
 * @throws SendoffError `no_response` when the job settled without an answer
 */
export async function answerInTime(
  exchange: Exchange,
  engine: Engine,
  wanted: { readonly id: string; readonly seconds: number },
): Promise<boolean> {
  const { id, seconds } = wanted;
  const signal = hangUpSignal(exchange);
  const job = await engine.settled(id, { timeoutMs: seconds * 1_000, signal });
  if (job === undefined) return false;
  const answer = await engine.answer(id);
  if (answer.kind === 'none') throw noResponse(answer.job);
  if (answer.kind !== 'answer') return false;
  await writeAnswer(exchange.response, answer, { asDownload: false, waited: seconds });
  return true;
}
