// The way out. undici calls this for every new connection, and only then: reused ones pay nothing.
// The name is resolved here, once; every address it has must be allowed, and the socket goes to one
// of exactly these, so that a name server that changes its mind between check and connect gains
// nothing. Before a byte is written, TLS included, the address that the socket really reached is
// checked again.

import type { LookupAddress } from 'node:dns';
import type { LookupFunction, Socket } from 'node:net';
import { connect as connectTcp, isIP } from 'node:net';
import { connect as connectTls } from 'node:tls';
import type { Clock } from '../clock.ts';
import { plainAddress } from './address.ts';
import type { EgressPolicy } from './egress.ts';
import { AttemptError, toConnectError } from './failure.ts';
import type { Resolve } from './resolve.ts';

export interface Destination {
  readonly hostname: string;
  readonly protocol: string;
  readonly port: string;
  /** In place of the connector's own limit. */
  readonly connectMs?: number;
}

export type Connect = (
  destination: Destination,
  callback: (...result: [null, Socket] | [Error, null]) => void,
) => void;

export interface ConnectorOptions {
  readonly clock: Clock;
  readonly egress: EgressPolicy;
  readonly resolve: Resolve;
  readonly connectMs: number;
  readonly isSelf: (address: string, port: number) => boolean;
}

export interface Connector {
  readonly connect: Connect;
  /** Ends the connections that are being made. */
  close(): void;
}

/** Of several addresses, each but the last has this long before the next is tried. */
const ADDRESS_MS = 1_000;

export function createConnector(options: ConnectorOptions): Connector {
  const opening = new Set<Opening>();
  return {
    connect(destination, callback) {
      const one = open(destination, options, (error, socket) => {
        opening.delete(one);
        if (error) callback(error, null);
        else callback(null, socket!);
      });
      opening.add(one);
    },
    close() {
      for (const one of opening)
        one.cancel(new AttemptError('aborted', 'The deliverer was closed'));
    },
  };
}

interface Opening {
  cancel(reason: AttemptError): void;
}

type Done = (error: AttemptError | null, socket?: Socket) => void;

/** Resolve, judge, connect, check, secure: within the limit, or not at all. */
function open(destination: Destination, options: ConnectorOptions, done: Done): Opening {
  const { hostname, protocol, connectMs = options.connectMs } = destination;
  const port = Number(destination.port || (protocol === 'https:' ? 443 : 80));
  let isOver = false;
  let socket: Socket | undefined;

  const finish: Done = (error, secured) => {
    if (isOver) return;
    isOver = true;
    stop();
    if (error) socket?.destroy();
    done(error, secured);
  };
  const stop = options.clock.after(connectMs, () => {
    finish(new AttemptError('connect_timeout', `No connection to ${hostname}:${port} in time`));
  });

  const connectTo = (addresses: readonly LookupAddress[]): void => {
    if (isOver) return;
    for (const { address } of addresses) vet(address, { hostname, port }, options);
    socket = dial(addresses, { hostname, port, connectMs });
    socket.on('error', (error) => finish(toConnectError(error, false)));
    socket.once('connect', () => {
      if (isOver) return;
      try {
        vet(socket!.remoteAddress ?? '', { hostname, port }, options);
      } catch (error) {
        finish(toConnectError(error, false));
        return;
      }
      if (protocol !== 'https:') finish(null, socket);
      else socket = secure(socket!, hostname, finish);
    });
  };
  options
    .resolve(hostname)
    .then(connectTo)
    .catch((error) => finish(toConnectError(error, false)));
  return { cancel: finish };
}

function vet(
  address: string,
  to: { hostname: string; port: number },
  options: ConnectorOptions,
): void {
  if (!options.egress.isAllowed(address, to.hostname)) {
    throw new AttemptError(
      'address_not_allowed',
      `${to.hostname} leads to ${address || 'nowhere'}, which may not be called`,
    );
  }
  if (options.isSelf(plainAddress(address), to.port)) {
    throw new AttemptError('self_target', `${to.hostname}:${to.port} is this server itself`);
  }
}

interface Dial {
  readonly hostname: string;
  readonly port: number;
  readonly connectMs: number;
}

function dial(addresses: readonly LookupAddress[], to: Dial): Socket {
  const [first] = addresses;
  if (!first) throw new AttemptError('dns_failed', `The name ${to.hostname} has no address`);
  const vetted: LookupFunction = (_hostname, lookupOptions, callback) => {
    if (lookupOptions.all) callback(null, [...addresses]);
    else callback(null, first.address, first.family);
  };
  const isOne = addresses.length === 1;
  return connectTcp({
    host: isOne ? first.address : to.hostname,
    port: to.port,
    lookup: vetted,
    autoSelectFamily: !isOne,
    autoSelectFamilyAttemptTimeout: Math.ceil(
      Math.min(ADDRESS_MS, to.connectMs / addresses.length),
    ),
    noDelay: true,
    keepAlive: true,
    keepAliveInitialDelay: 60_000,
  });
}

function secure(socket: Socket, hostname: string, finish: Done): Socket {
  const name = hostname.endsWith('.') ? hostname.slice(0, -1) : hostname;
  const secured = connectTls({
    socket,
    host: name,
    ...(isIP(name) ? {} : { servername: name }),
    ALPNProtocols: ['http/1.1'],
  });
  secured.on('error', (error) => finish(toConnectError(error, true)));
  secured.once('close', () => {
    finish(
      new AttemptError('tls_invalid', 'The target closed the connection during the TLS handshake'),
    );
  });
  secured.once('secureConnect', () => finish(null, secured));
  return secured;
}
