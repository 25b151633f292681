// The figures of a run as people read them.

import type { Verdict } from './judge.ts';
import type { Kills } from './nemesis.ts';

export interface Run {
  readonly seed: string;
  readonly seconds: number;
  readonly kills: Kills;
  readonly verdict: Verdict;
  /** What `pragma integrity_check` says of the store in the end. */
  readonly integrity: string;
  /** How the last server ended when it was asked to stop. */
  readonly exitCode: number | null;
}

export function hasPassed({ verdict, integrity, exitCode }: Run): boolean {
  const isFaultless = Object.values(verdict.faults).every((tokens) => tokens.length === 0);
  const isBounded = verdict.duplicates <= verdict.interrupted;
  return isFaultless && isBounded && integrity === 'ok' && exitCode === 0;
}

export function report(run: Run): string {
  const { verdict, kills } = run;
  const { faults } = verdict;
  const rows: (readonly [string, number | string, string?])[] = [
    ['seed', run.seed, `${run.seconds.toFixed(0)} s`],
    ['kills', kills.all, `${kills.duringStart} of them during a start`],
    ['attempted', verdict.attempted],
    ['acked', verdict.acked],
    ['refused', verdict.refused, 'broke a rule'],
    ['succeeded', verdict.succeeded],
    ['failed', verdict.failed, 'as their options have it'],
    ['poisoned', verdict.poisoned, 'under way at four deaths'],
    ['arrivals', verdict.arrivals, 'at the targets'],
    ['lost', faults.lost.length],
    ['altered', faults.altered.length],
    ['stuck', faults.stuck.length],
    ['duplicates', verdict.duplicates, 'carried out again'],
    ['bound', verdict.interrupted, 'attempts whose result was not on disk at a kill'],
    ['unexplained', faults.unexplained.length, 'duplicates beyond their own interrupted attempts'],
    ['unrecorded', faults.unrecorded.length, 'arrivals without an attempt in the record'],
    ['leaked', faults.leaked.length, 'refused, unknown or stored twice'],
    ['early', faults.early.length],
    [
      'slowest start',
      `${Math.round(Math.max(0, ...kills.startsMs))} ms`,
      'until jobs are accepted',
    ],
    ['integrity', run.integrity],
    ['stopped with', run.exitCode ?? 'a signal'],
  ];
  return [...rows.map(row), ...examples(run)].join('\n');
}

function row([name, value, note]: readonly [string, number | string, string?]): string {
  const shown = typeof value === 'number' ? value.toLocaleString('en') : value;
  return `${name.padEnd(14)}${shown.padStart(12)}${note === undefined ? '' : `  ${note}`}`;
}

/** A few jobs of each fault, to look for in the ledgers and the store. */
function examples({ verdict }: Run): string[] {
  const found = Object.entries<readonly string[]>({ ...verdict.faults });
  return found
    .filter(([, tokens]) => tokens.length > 0)
    .map(([name, tokens]) => `${name}: ${tokens.slice(0, 10).join(' ')}`);
}
