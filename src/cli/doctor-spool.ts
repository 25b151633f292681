// The folder in which callers leave jobs while no server answers: what waits there, and what was
// refused.

import { opendir } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import type { Finding } from './doctor-machine.ts';

const what = 'spool';

/** Nothing where there is no such folder. */
export async function spoolFindings(store: string): Promise<Finding[]> {
  const folder = process.env.SENDOFF_SPOOL || `${resolve(store)}.spool`;
  const waiting = await jobsIn(folder);
  if (waiting === undefined) return [];
  const refused = (await jobsIn(join(folder, 'refused'))) ?? 0;
  const advice = 'Each has its reason beside it; moved back, it is tried again.';
  const aside: Finding = {
    ...{ what, verdict: 'warning', advice },
    detail: `${refused} refused in ${join(folder, 'refused')}`,
  };
  const here: Finding = { what, verdict: 'good', detail: `${folder}, ${waiting} waiting` };
  return refused === 0 ? [here] : [here, aside];
}

async function jobsIn(folder: string): Promise<number | undefined> {
  try {
    let jobs = 0;
    for await (const { name } of await opendir(folder)) {
      if (name.endsWith('.json') && !name.startsWith('.') && !name.endsWith('.reason.json')) jobs++;
    }
    return jobs;
  } catch {
    // There is no such folder, or we may not look into it: then it is not ours to speak of.
    return undefined;
  }
}
