// Where a server listens, as people write it: `127.0.0.1:7180`, `[::1]:7180`, `localhost:7180`,
// `:0`. Without a host it is loopback: to be open to a network must be said.

import { lookup } from 'node:dns/promises';
import { isIP, isIPv4 } from 'node:net';
import { plainAddress } from '../delivery/address.ts';
import { SendoffError } from '../errors.ts';
import { shown } from '../job/shown.ts';

export interface ListenAddress {
  /** IP address, without brackets. */
  readonly address: string;
  readonly port: number;
  readonly isLoopback: boolean;
}

const form = /^(?:(\[[0-9a-fA-F:.]+\]|[^:[\]]*):)?([0-9]{1,5})$/;

/** @throws SendoffError `listen_failed` */
export async function parseListenAddress(text: string): Promise<ListenAddress> {
  const match = form.exec(text);
  const port = Number(match?.[2]);
  if (match === null || port > 65_535) {
    const expected = 'Expected `listen` to be HOST:PORT, such as 127.0.0.1:7180';
    const detail = `${expected}, got ${shown(text)}`;
    throw new SendoffError('listen_failed', detail, { field: 'listen' });
  }
  const address = await addressOf((match[1] ?? '').replace(/^\[|\]$/g, ''));
  return { address, port, isLoopback: isLoopback(address) };
}

async function addressOf(host: string): Promise<string> {
  if (host === '' || host.toLowerCase() === 'localhost') return '127.0.0.1';
  if (host === '*') return '0.0.0.0';
  if (isIP(host) !== 0) return unmapped(host);
  try {
    return (await lookup(host)).address;
  } catch (cause) {
    const detail = `Cannot listen on ${shown(host)}: the name has no address here`;
    throw new SendoffError('listen_failed', detail, { field: 'listen', cause });
  }
}

/** `::ffff:127.0.0.1` is 127.0.0.1, and callers write it so. */
function unmapped(address: string): string {
  const plain = plainAddress(address);
  return isIPv4(plain) ? plain : address;
}

function isLoopback(address: string): boolean {
  return plainAddress(address) === plainAddress('::1') || /^127\./.test(address);
}
