// The command line of a run.

import { parseArgs } from 'node:util';

export interface RunOptions {
  /** Every choice of the run follows from it. */
  readonly seed: string;
  readonly kills: number;
  /** Mean time between two kills. */
  readonly secondsBetween: number;
  /** Submissions a second; 0: as fast as they are taken. */
  readonly rate: number;
  /** Jobs after which the clients stop; without kills they are what the run lasts. */
  readonly jobs: number;
  readonly keepFolder: boolean;
}

export const usage = `Usage: npm run torture -- [options]

  --kills N            kill the server N times (default 20)
  --no-kill            never kill it: duplicates must be 0
  --seconds-between S  mean time between two kills (default 3)
  --rate N             submissions a second (default 150); 0: as fast as possible, as without kills
  --jobs N             stop after N jobs (default: when the kills are over; 10,000 with --no-kill)
  --seed TEXT          repeat the choices of an earlier run
  --keep               keep the folder with the store and the ledgers`;

/** Throws an Error that says what is wrong. */
export function readOptions(args: readonly string[]): RunOptions {
  const { values } = parseArgs({
    args: [...args],
    options: {
      kills: { type: 'string', default: '20' },
      'no-kill': { type: 'boolean', default: false },
      'seconds-between': { type: 'string', default: '3' },
      rate: { type: 'string' },
      jobs: { type: 'string' },
      seed: { type: 'string', default: String(Date.now() % 1_000_000) },
      keep: { type: 'boolean', default: false },
    },
  });
  const isCalm = values['no-kill'];
  return {
    seed: values.seed,
    kills: isCalm ? 0 : number('kills', values.kills),
    secondsBetween: number('seconds-between', values['seconds-between']),
    rate: number('rate', values.rate ?? (isCalm ? '0' : '150')),
    jobs: number('jobs', values.jobs ?? (isCalm ? '10000' : String(Number.MAX_SAFE_INTEGER))),
    keepFolder: values.keep,
  };
}

function number(name: string, text: string): number {
  const value = Number(text);
  if (text.trim() !== '' && value >= 0) return value;
  throw new Error(`Expected \`--${name}\` to be a number, 0 or more, got \`${text}\``);
}
