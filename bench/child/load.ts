// The load: closed loop, so many requests under way as there are connections. It runs in a process
// of its own and costs a fraction of the cheapest server it meets.

import { setTimeout as sleep } from 'node:timers/promises';
import { monotonicMs } from '../monotonic.ts';
import { openConnection } from './connection.ts';
import { type Lines, sendLines } from './lines.ts';
import { buildRequest, writeNumber } from './numbered.ts';
import { offer } from './verbs.ts';
import { type Flood, resumeWave, unexpected, wave } from './wave.ts';

export interface TimedFlood extends Flood {
  readonly ms: number;
}

export interface CountedFlood extends Flood {
  /** Number of the first request. */
  readonly first: number;
  readonly count: number;
  /** Send no request with this number or a higher one until `allow` raises it. */
  readonly below: number;
}

export interface Singles extends Flood {
  readonly count: number;
  readonly gapMs: number;
}

export interface LoadVerbs {
  flood(flood: TimedFlood): Promise<{ readonly answers: number; readonly ms: number }>;
  burst(flood: CountedFlood): Promise<{ readonly beganAt: number; readonly endedAt: number }>;
  allow(below: number): void;
  /** One at a time; when each was sent and answered. */
  singles(singles: Singles): Promise<{ readonly sentAt: number[]; readonly answeredAt: number[] }>;
  lines(lines: Lines): Promise<{ readonly ms: number }>;
}

const limit = { below: 0 };

offer<LoadVerbs>({
  async flood({ ms, ...flood }) {
    let number = 0;
    let answers = 0;
    let isOver = false;
    const over = wave({
      ...flood,
      next: () => (isOver ? null : number++),
      onAnswer: () => {
        answers++;
      },
    });
    const began = monotonicMs();
    await Promise.race([over, sleep(ms)]);
    const result = { answers, ms: monotonicMs() - began };
    isOver = true;
    await over;
    return result;
  },

  async burst({ first, count, below, ...flood }) {
    let number = first;
    limit.below = below;
    const beganAt = monotonicMs();
    const next = (): number | null | undefined => {
      if (number >= first + count) return null;
      return number < limit.below ? number++ : undefined;
    };
    await wave({ ...flood, next, onAnswer: () => {} });
    return { beganAt, endedAt: monotonicMs() };
  },

  allow(below) {
    limit.below = below;
    resumeWave();
  },

  async singles({ count, gapMs, ...flood }) {
    const request = buildRequest(flood.request, flood.port);
    const sentAt: number[] = [];
    const answeredAt: number[] = [];
    let answered = Promise.withResolvers<void>();
    const connection = await openConnection({
      port: flood.port,
      onAnswer: (status) => {
        answeredAt.push(monotonicMs());
        if (status === flood.status) answered.resolve();
        else answered.reject(unexpected(flood, status));
      },
      onError: (error) => answered.reject(error),
    });
    for (let number = 0; number < count; number++) {
      answered = Promise.withResolvers();
      writeNumber(request, number);
      sentAt.push(monotonicMs());
      connection.send(request.bytes);
      await answered.promise;
      await sleep(gapMs);
    }
    connection.end();
    return { sentAt, answeredAt };
  },

  lines: sendLines,
});
