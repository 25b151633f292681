// `npm run bench`: what sendoff costs, from one run on this machine, beside servers that keep
// nothing. `npm run bench -- accept` (or any other part) measures that part alone. No thresholds: a
// person reads it.

import { parseArgs } from 'node:util';
import { accept } from './accept.ts';
import { cycle } from './cycle.ts';
import { dead } from './dead.ts';
import { fanout } from './fanout.ts';
import { fourWays } from './four-ways.ts';
import { idle } from './idle.ts';
import { large } from './large.ts';
import { printMachine, printSync, watchOthers } from './machine.ts';
import { overload } from './overload.ts';
import { makeFolder, removeFolder } from './owned.ts';
import { pending } from './pending.ts';
import { type Run, withRun } from './run.ts';
import { printHead } from './table.ts';
import { toss } from './toss.ts';

const parts: Readonly<Record<string, (run: Run) => Promise<void>>> = {
  accept,
  cycle,
  dead,
  fanout,
  'four-ways': fourWays,
  idle,
  large,
  overload,
  pending,
  toss,
};

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    pending: { type: 'string', default: '1000000' },
    jobs: { type: 'string', default: '50000' },
    seconds: { type: 'string', default: '60' },
    'cpu-prof': { type: 'string' },
  },
});

const chosen = positionals.length > 0 ? positionals : Object.keys(parts);
const options = {
  pending: wholeNumber('pending', values.pending),
  jobs: wholeNumber('jobs', values.jobs),
  seconds: wholeNumber('seconds', values.seconds),
  cpuProfile: values['cpu-prof'],
};

const sayOthers = watchOthers();
const folder = await makeFolder();
printMachine(folder);
printHead();
await withRun({ options, folder }, async (run) => {
  for (const name of chosen) await part(name)(run);
});
printSync(folder);
removeFolder(folder);
sayOthers();

function part(name: string): (run: Run) => Promise<void> {
  const found = parts[name];
  if (found) return found;
  const names = Object.keys(parts).join(', ');
  throw new Error(`Expected the name of a part (${names}), got \`${name}\``);
}

function wholeNumber(name: string, text: string): number {
  const number = Number(text);
  if (Number.isSafeInteger(number) && number > 0) return number;
  throw new Error(`Expected \`--${name}\` to be a whole number from 1, got \`${text}\``);
}
