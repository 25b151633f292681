// What `sendoff dev` runs, from the first port to the last: the page's site is there before the
// server, because the route must name its origin.

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { checkConfig } from '../config/check-config.ts';
import { complaint } from './complaint.ts';
import type { DevFlags } from './dev.ts';
import { createDemoSite, type DemoSettings } from './dev-page.ts';
import { exitCodes, serverExitCodeOf } from './exit-code.ts';
import { listen, openInbox } from './inbox-server.ts';
import { interruptible } from './interrupt.ts';
import { print, styled } from './output.ts';

const ROUTE = 'demo';
/** For this machine alone, and no secret anyway. */
const KEY = 'pk_demo_local';
const RATE_PER_MINUTE = 6_000;

export async function devUntilStopped(flags: DevFlags): Promise<number> {
  const undo: (() => unknown)[] = [];
  try {
    await run(flags, undo);
    await interruptible((signal) => {
      return new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve()));
    });
    return exitCodes.done;
  } catch (error) {
    process.stderr.write(complaint(error));
    return serverExitCodeOf(error);
  } finally {
    for (const step of undo.reverse()) await step();
  }
}

async function run(flags: DevFlags, undo: (() => unknown)[]): Promise<void> {
  const { serve } = await import('../open.ts');
  const store = flags.store ?? (await temporaryStore(undo));
  let settings: DemoSettings = { url: '', route: ROUTE, key: KEY };
  const site = createDemoSite(() => settings);
  const page = await listen(site, flags.page);
  undo.push(
    () => site.closeAllConnections(),
    () => site.close(),
  );
  const { delay } = flags;
  const inbox = await openInbox({
    listen: flags.inbox,
    delay,
    body: 'Thank you.',
    output: 'table',
  });
  undo.push(inbox.close);
  const origins = [page, page.replace('//127.0.0.1', '//localhost')];
  const route = { key: KEY, url: `${inbox.url}/demo`, origins: [...new Set(origins)] };
  const config = checkConfig({
    routes: { [ROUTE]: { ...route, answer: 'body', ratePerMinute: RATE_PER_MINUTE } },
  });
  const server = await serve({ store, listen: [flags.listen], config: () => config });
  undo.push(() => server.close({ drainMs: 0 }));
  settings = { ...settings, url: server.urls[0] as string };
  const lines = [
    ['page', `${styled('bold', page)}  open it in a browser`],
    ['server', `${server.urls[0]}`],
    ['receiver', `${inbox.url}  answers after ${flags.delay}; what arrives stands below`],
    ['data', server.store],
  ] as const;
  await print(lines.map(([name, text]) => `${styled('dim', name.padEnd(10))}${text}\n`).join(''));
}

async function temporaryStore(undo: (() => unknown)[]): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'sendoff-dev-'));
  undo.push(() => rm(folder, { recursive: true, force: true }));
  return join(folder, 'sendoff.db');
}
