// Looks on while an operation goes on. Ctrl-C aborts it; a server that is lost does not: it goes on
// there, or when it is back.

import { setTimeout as pause } from 'node:timers/promises';
import type { Client } from '../client.ts';
import { SendoffError } from '../errors.ts';
import type { BulkView } from '../mending.ts';
import { progressLine } from './bulk-show.ts';
import { interruptible } from './interrupt.ts';
import { say } from './output.ts';

const LOOK_EVERY_MS = 250;

export interface Followed {
  readonly bulk: BulkView;
  readonly isInterrupted: boolean;
}

export function follow(client: Client, started: BulkView): Promise<Followed> {
  return interruptible(async (signal) => {
    let bulk = started;
    try {
      while (bulk.state === 'running' && !signal.aborted) {
        await pause(LOOK_EVERY_MS, undefined, { signal }).catch(() => {});
        bulk = (await client.bulk.get(started.id)) ?? bulk;
        redraw(bulk);
      }
    } catch (error) {
      if (error instanceof SendoffError && error.code === 'unreachable') {
        say(`\nIt goes on at the server: sendoff bulk get ${started.id}`);
      }
      throw error;
    }
    if (process.stderr.isTTY) process.stderr.write('\n');
    if (bulk.state !== 'running') return { bulk, isInterrupted: false };
    const aborted = await client.bulk.abort(started.id);
    say('Aborted: what was done stays, the rest is left alone.');
    return { bulk: aborted, isInterrupted: true };
  });
}

/** One line that changes, only where a person looks on. */
function redraw(bulk: BulkView): void {
  if (process.stderr.isTTY) process.stderr.write(`\r\u001b[2K${progressLine(bulk)}`);
}
