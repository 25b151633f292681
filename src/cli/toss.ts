// `sendoff toss`: fire and forget. Silent when the server has taken the request into memory; with
// --local nobody takes it, and this process itself waits for the target's answer.

import { Command } from 'commander';
import { systemClock } from '../clock.ts';
import { SendoffError } from '../errors.ts';
import { requestFrom } from '../request-input.ts';
import type { TossInit } from '../sendoff.ts';
import type { TossEnd } from '../toss/line.ts';
import { version } from '../version.ts';
import { collected, type Finish, headerLines } from './arguments.ts';
import { type ContentFlags, contentInput } from './body-input.ts';
import { addServerFlags, type ServerFlags, withClient } from './connect.ts';
import { exitCodes } from './exit-code.ts';

interface TossFlags extends ServerFlags, ContentFlags {
  readonly timeout?: string;
  readonly local?: boolean;
}

const examples = `
Examples:
  sendoff toss https://api.test/ping
  sendoff toss https://api.test/log --json '{"n":1}'
  sendoff toss PUT https://api.test/x -d @small.txt --local    without a server
`;

export function tossCommand(finish: Finish): Command {
  const command = new Command('toss')
    .description('Fire and forget: tried once, nothing is kept, no answer.')
    .argument('[method]', 'GET without a body, POST with one, unless given')
    .argument('[url]')
    .option('-H, --header <line>', "'Name: value', may be repeated", headerLines)
    .option('-d, --data <text>', 'the body: text, @file, or - for standard input')
    .option('--json <text>', 'the body as JSON: text, @file, or -')
    .option('--form <pair>', 'name=value or name=@file, may be repeated', collected)
    .option('--timeout <time>', 'how long the target may take')
    .option('--local', 'send from this process and wait for the answer')
    .addHelpText('after', examples)
    .action((first: string | undefined, second: string | undefined, flags: TossFlags) => {
      return finish(toss(first, second, flags));
    });
  return addServerFlags(command);
}

async function toss(
  first: string | undefined,
  second: string | undefined,
  flags: TossFlags,
): Promise<number> {
  const url = second ?? first;
  if (url === undefined) {
    const message = 'Expected a URL, as in `sendoff toss https://api.test/x`';
    throw new SendoffError('invalid_url', message);
  }
  const method = second === undefined ? undefined : first;
  const init = await initFrom(url, method, flags);
  if (flags.local) await tossLocally(url, init);
  else await withClient(flags, (client) => client.tossNow(url, init));
  return exitCodes.done;
}

/** Files and standard input are read now, as far as a toss may be large. */
async function initFrom(
  url: string,
  method: string | undefined,
  flags: TossFlags,
): Promise<TossInit> {
  const { body, headers } = await requestFrom(url, await contentInput(flags));
  if (body !== null && !(body instanceof Uint8Array)) {
    const { bodyTooLarge } = await import('../toss/toss.ts');
    throw bodyTooLarge();
  }
  return {
    ...{ body, headers: headers as [string, string][] },
    ...(method !== undefined && { method }),
    ...(flags.timeout !== undefined && { timeout: flags.timeout }),
  };
}

async function tossLocally(url: string, init: TossInit): Promise<void> {
  const { createLocalTosser } = await import('../toss/local.ts');
  const { tossFrom } = await import('../toss/input.ts');
  const tosser = createLocalTosser({ clock: systemClock, userAgent: `sendoff/${version}` });
  const { promise, resolve } = Promise.withResolvers<TossEnd>();
  tosser.take(tossFrom(url, init), { sent: () => {}, ended: resolve });
  const end = await promise;
  await tosser.close();
  if (end.kind !== 'answered') throw new SendoffError('no_response', end.detail);
}
