// A program that tosses from its own process, at a steady pace as a busy page would, and notes how
// long each call kept it.

import { mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { open, type Sendoff } from '../../src/index.ts';
import { monotonicMs } from '../monotonic.ts';
import { offer } from './verbs.ts';

export interface TossFigures {
  /** How long each call took. */
  readonly callMs: number[];
  /** CPU of the whole process, over all of the calls and until the last answer. */
  readonly cpuSeconds: number;
  readonly answered: number;
  readonly seconds: number;
}

export interface TosserVerbs {
  open(folder: string): Promise<void>;
  toss(given: { readonly url: string; readonly calls: number }): Promise<TossFigures>;
  close(): Promise<void>;
}

const CALLS_PER_SECOND = 1_000;

let sendoff: Sendoff;
let folder: string;

async function toss({ url, calls }: { url: string; calls: number }): Promise<TossFigures> {
  const callMs: number[] = [];
  const { answered: before } = sendoff.tossed();
  const cpu = process.cpuUsage();
  const beganAt = monotonicMs();
  const init = { body: '{"id":1,"event":"seen"}', headers: { 'content-type': 'application/json' } };
  while (callMs.length < calls) {
    const due = Math.min(calls, ((monotonicMs() - beganAt) / 1_000) * CALLS_PER_SECOND);
    while (callMs.length < due) {
      const at = monotonicMs();
      sendoff.toss(`${url}?n=${callMs.length}`, init);
      callMs.push(monotonicMs() - at);
    }
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
  while (sendoff.tossed().waiting > 0) await new Promise((resolve) => setTimeout(resolve, 1));
  const { user, system } = process.cpuUsage(cpu);
  return {
    callMs,
    cpuSeconds: (user + system) / 1e6,
    answered: sendoff.tossed().answered - before,
    seconds: (monotonicMs() - beganAt) / 1_000,
  };
}

offer<TosserVerbs>({
  async open(within) {
    folder = mkdtempSync(join(within, 'toss-'));
    sendoff = await open(join(folder, 'sendoff.db'));
  },
  toss,
  async close() {
    await sendoff.close();
    rmSync(folder, { recursive: true });
  },
});
