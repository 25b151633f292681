// `all` without a store and without a server: the requests go out from this process. Connections
// are kept from one call to the next; idle ones close after 4 s and never hold the process back.

import { systemClock } from '../clock.ts';
import { createEgressPolicy } from '../delivery/egress.ts';
import { createSender, type Sender } from '../delivery/sender.ts';
import type {
  AllOptions,
  DirectResult,
  DirectResults,
  GroupKey,
  GroupRequests,
  GroupRun,
} from '../group.ts';
import { version } from '../version.ts';
import { type DirectParts, sendDirect } from './direct.ts';
import { checkWaiting, entriesOf } from './entries.ts';
import { prepare } from './prepare.ts';
import { startRun } from './run.ts';

/** What `all` takes where nothing is stored. */
export type DirectOptions = Omit<AllOptions, 'durable' | 'id'> & { readonly durable?: false };

/**
 * Sends several requests at once, for the time of the slowest, with nothing to open before and
 * nothing stored. Await it for all results, or iterate it for each as it comes.
 *
 * @throws SendoffError `batch_too_large`, and what is wrong with a request or an option
 */
export function all<const Requests extends GroupRequests>(
  requests: Requests,
  options: DirectOptions = {},
): GroupRun<DirectResults<Requests>, DirectResult<GroupKey<Requests>>> {
  return runDirect(requests, { ...options, durable: false }, shared) as never;
}

/** How direct requests leave a home of sendoff. */
export interface DirectHome {
  /** @throws SendoffError `closed` */
  readonly parts: () => DirectParts & { readonly checkTarget: (url: string) => void };
}

export function runDirect(
  requests: GroupRequests,
  options: AllOptions,
  { parts }: DirectHome,
): GroupRun<unknown, unknown> {
  return startRun(async (tell) => {
    const waiting = checkWaiting(options);
    const { clock, sender, checkTarget } = parts();
    const entries = await entriesOf(requests, options);
    const prepared = await prepare(entries, { now: clock.now(), checkTarget, sender });
    await sendDirect(prepared, { ...waiting, clock, sender, tell });
    return { isList: Array.isArray(requests), keys: entries.map(({ key }) => key) };
  });
}

/** A home that sends by itself, with connections of its own. */
export interface OwnDirectHome extends DirectHome {
  /** Ends what is under way: its results say `aborted`. */
  readonly close: () => Promise<void>;
}

const egress = createEgressPolicy({ allowPrivate: true });

/** Opens nothing before the first request. */
export function openDirect(): OwnDirectHome {
  let sender: Sender | undefined;
  const checkTarget = (url: string): void => egress.checkLiteral(new URL(url));
  return {
    parts: () => {
      sender ??= createSender({ clock: systemClock, egress, userAgent: `sendoff/${version}` });
      return { clock: systemClock, sender, checkTarget };
    },
    close: async () => sender?.close(),
  };
}

/** Every caller of this process shares it, and nobody closes it. */
const shared: DirectHome = openDirect();
