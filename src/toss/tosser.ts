// Fire and forget: takes requests into memory and sends each once, over connections that are kept
// and shared by all tosses to an origin. They go out by the same way as jobs, so the same addresses
// are forbidden to them.

import type { Clock } from '../clock.ts';
import { createConnector } from '../delivery/connector.ts';
import type { EgressPolicy } from '../delivery/egress.ts';
import { createOrigins } from '../delivery/origins.ts';
import { createResolver } from '../delivery/resolve.ts';
import { limits as defaults } from '../limits.ts';
import type { Tossed } from '../sendoff.ts';
import { TossExchange } from './exchange.ts';
import { type Cut, type LineLimits, TossLine, type TossWatch } from './line.ts';
import type { Toss } from './toss.ts';

export interface TosserOptions {
  readonly clock: Clock;
  readonly egress: EgressPolicy;
  /**
   * Whether this URL may be called at all, as far as the URL itself tells.
   * @throws SendoffError `target_not_allowed`, `self_target`
   */
  readonly checkTarget: (url: string) => void;
  /** Is this one of our own listeners? @default none is */
  readonly isSelf?: (address: string, port: number) => boolean;
  /** Sent unless the caller's lines have one. */
  readonly userAgent: string;
  /** Name, TCP and TLS together. @default limits.connectMs */
  readonly connectMs?: number;
  readonly limits?: Partial<LineLimits>;
}

export interface Tosser {
  /**
   * True: it is in memory and will be tried once. False: there is no room for it.
   * @throws SendoffError `target_not_allowed`, `self_target`, `stopping`
   */
  take(toss: Toss, watch?: TossWatch): boolean;
  counts(): Tossed;
  /** Sends what waits, awaits answers for up to `drainMs`, and drops the rest. Never rejects. */
  close(how?: { readonly drainMs?: number }): Promise<void>;
}

export function createTosser(options: TosserOptions): Tosser {
  const { clock, egress, isSelf = () => false, connectMs = defaults.connectMs } = options;
  const attemptsPerOrigin = options.limits?.perOrigin ?? defaults.attemptsPerOrigin;
  const resolve = createResolver({ clock });
  const connector = createConnector({ clock, egress, resolve, connectMs, isSelf });
  const origins = createOrigins({ clock, connect: connector.connect, attemptsPerOrigin });
  const check = rememberAllowed(options.checkTarget);

  function start(toss: Toss, { ended, ...rest }: TossWatch): Cut {
    const origin = origins.enter(toss.origin);
    const { timeoutMs } = toss;
    const watch: TossWatch = {
      ...rest,
      ended(end) {
        origin.pool.forget(exchange);
        origins.leave(origin);
        ended(end);
      },
    };
    const exchange: TossExchange = new TossExchange(watch, { clock, timeoutMs });
    origin.pool.dispatch(requestOf(toss, options.userAgent), exchange);
    return (detail) => exchange.cut(detail);
  }

  const line = new TossLine({ clock, start, ...(options.limits && { limits: options.limits }) });
  let closed: Promise<void> | undefined;
  return {
    take(toss, watch) {
      check(toss);
      return line.take(toss, watch);
    },
    counts: () => line.counts(),
    close(how) {
      const ended = line.close(how);
      closed ??= ended.then(() => {
        connector.close();
        return origins.close();
      });
      return closed;
    },
  };
}

function requestOf({ origin, path, method, headers, body }: Toss, userAgent: string) {
  const hasAgent = headers.some((text, at) => at % 2 === 0 && isAgentLine(text));
  const lines = hasAgent ? [...headers] : [...headers, 'user-agent', userAgent];
  return { origin, path, method, headers: lines, body };
}

function isAgentLine(name: string): boolean {
  return name.length === 10 && name.toLowerCase() === 'user-agent';
}

const ORIGINS_REMEMBERED = 1_000;

/** Whether a URL may be called depends on its origin alone. */
function rememberAllowed(checkTarget: (url: string) => void): (toss: Toss) => void {
  const allowed = new Set<string>();
  return ({ origin }) => {
    if (allowed.has(origin)) return;
    checkTarget(origin);
    if (allowed.size >= ORIGINS_REMEMBERED) allowed.clear();
    allowed.add(origin);
  };
}
