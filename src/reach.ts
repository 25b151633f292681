// What this process may reach: never itself, and nothing that the egress policy forbids. Jobs and
// tosses have connections of their own, as have the requests that `all` sends directly, so that
// none waits for another.

import type { Clock } from './clock.ts';
import type { Deliverer } from './delivery/deliverer.ts';
import { createEgressPolicy, type EgressPolicy } from './delivery/egress.ts';
import { createHttpDeliverer } from './delivery/http.ts';
import { createSender, type Sender } from './delivery/sender.ts';
import { SendoffError } from './errors.ts';
import { limits } from './limits.ts';
import { fitOpenFiles } from './open-files.ts';
import { placeOf } from './server.ts';
import { createTosser, type Tosser } from './toss/tosser.ts';
import { version } from './version.ts';

/** Where this process itself listens, each as `placeOf` writes it; no job may call them. */
export type OwnAddresses = Set<string>;

export interface Reach {
  readonly deliverer: Deliverer;
  readonly tosser: Tosser;
  /** For requests that a caller waits for and no job stands for; opened when asked for. */
  readonly direct: () => Sender;
  readonly checkTarget: (url: string) => void;
  readonly ownAddresses: OwnAddresses;
  close(): Promise<void>;
}

export interface ReachOptions {
  readonly egressPrivate?: boolean;
  readonly egressAllow?: readonly string[];
  readonly attemptsPerOrigin?: number;
  readonly responseBodyBytes?: number;
}

export function reachWorld(options: ReachOptions, clock: Clock): Reach {
  const ownAddresses: OwnAddresses = new Set();
  const egress = createEgressPolicy({
    allowPrivate: options.egressPrivate ?? true,
    allow: options.egressAllow ?? [],
  });
  const checkTarget = (text: string): void => {
    const url = new URL(text);
    egress.checkLiteral(url);
    refuseSelf(url, ownAddresses);
  };
  const isSelf = (address: string, port: number) => ownAddresses.has(placeOf(address, port));
  const shared = { clock, egress, isSelf, userAgent: `sendoff/${version}` };
  const deliverer = deliver(shared, options);
  const tosser = createTosser({
    ...shared,
    checkTarget,
    limits: { atOnce: fitOpenFiles(limits.attemptsAtOnce) },
  });
  const { responseBodyBytes } = options;
  let opened: Sender | undefined;
  const direct = (): Sender => {
    opened ??= createSender({ ...shared, ...(responseBodyBytes && { responseBodyBytes }) });
    return opened;
  };
  const close = async (): Promise<void> => {
    await Promise.all([deliverer.close(), tosser.close({ drainMs: 0 }), opened?.close()]);
  };
  return { deliverer, direct, tosser, checkTarget, ownAddresses, close };
}

interface Shared {
  readonly clock: Clock;
  readonly egress: EgressPolicy;
  readonly isSelf: (address: string, port: number) => boolean;
  readonly userAgent: string;
}

function deliver(shared: Shared, { attemptsPerOrigin, responseBodyBytes }: ReachOptions) {
  return createHttpDeliverer({
    ...shared,
    limits: {
      ...(attemptsPerOrigin !== undefined && { attemptsPerOrigin }),
      ...(responseBodyBytes !== undefined && { responseBodyBytes }),
    },
  });
}

function refuseSelf(url: URL, ownAddresses: OwnAddresses): void {
  if (ownAddresses.size === 0) return;
  const port = Number(url.port || (url.protocol === 'https:' ? 443 : 80));
  const host = url.hostname.replace(/^\[|\]$|\.$/g, '');
  const names = /(^|\.)localhost$/.test(host) ? ['127.0.0.1', '::1'] : [host];
  if (!names.some((name) => ownAddresses.has(placeOf(name, port)))) return;
  const got = `this server's own address \`${url.host}\``;
  const detail = `Expected \`url\` to lead elsewhere, got ${got}`;
  throw new SendoffError('self_target', detail, { field: 'url' });
}
