// The last step of handing over one job: store it, then say so, or wait for the target's answer if
// the caller prefers that.

import type { Engine } from '../engine/engine.ts';
import { SendoffError } from '../errors.ts';
import type { Submission } from '../job/checked.ts';
import type { Receipt } from '../sendoff.ts';
import type { Api } from './context.ts';
import type { Exchange } from './exchange.ts';
import { waitSeconds } from './prefer.ts';
import { writeReceipt } from './receipt.ts';
import { answerInTime } from './wait.ts';

export async function acknowledge(
  exchange: Exchange,
  { engine }: Api,
  submission: Submission,
): Promise<void> {
  const receipt = await submitOne(engine, submission, exchange.from);
  const seconds = waitSeconds(exchange.head.prefer);
  if (
    seconds !== undefined &&
    (await answerInTime(exchange, engine, { id: receipt.id, seconds }))
  ) {
    return;
  }
  writeReceipt(exchange.response, receipt);
}

/** Stores one job; a refusal names no position, as the job came alone. */
export async function submitOne(
  engine: Engine,
  submission: Submission,
  from: string,
): Promise<Receipt> {
  try {
    return (await engine.submit([submission], from))[0] as Receipt;
  } catch (error) {
    throw error instanceof SendoffError && error.index !== undefined ? withoutIndex(error) : error;
  }
}

/** A job that came alone has no position in a group. */
function withoutIndex({ code, message, jobId, cause }: SendoffError): SendoffError {
  return new SendoffError(code, message, { cause, ...(jobId === undefined ? {} : { jobId }) });
}
