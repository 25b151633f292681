// Names to addresses, by the system's resolver, so that /etc/hosts counts. It runs on a few threads
// which one slow name server could fill: those who ask for the same name at the same time share one
// question. Nothing is kept afterwards; every new connection asks again and is judged again.

import type { LookupAddress } from 'node:dns';
import { lookup as systemLookup } from 'node:dns';
import { isIP } from 'node:net';
import type { Clock } from '../clock.ts';
import { limits } from '../limits.ts';
import { AttemptError } from './failure.ts';

export type Resolve = (hostname: string) => Promise<readonly LookupAddress[]>;

/** Asks once and calls back, as `dns.lookup` does with `all`. */
export type Lookup = (
  hostname: string,
  options: { all: true },
  callback: (error: Error | null, addresses: LookupAddress[]) => void,
) => void;

export function createResolver(options: { clock: Clock; lookup?: Lookup }): Resolve {
  const { clock, lookup = systemLookup } = options;
  const asked = new Map<string, Promise<readonly LookupAddress[]>>();

  const ask = (hostname: string): Promise<readonly LookupAddress[]> =>
    new Promise((resolve, reject) => {
      const stop = clock.after(limits.dnsMs, () => {
        reject(new AttemptError('dns_timeout', `No answer to the name ${hostname} in time`));
      });
      lookup(hostname, { all: true }, (error, addresses) => {
        stop();
        if (error) reject(notResolved(hostname, error));
        else resolve(addresses);
      });
    });

  return async (hostname) => {
    const family = isIP(hostname);
    if (family !== 0) return [{ address: hostname, family }];
    const answer = asked.get(hostname) ?? ask(hostname).finally(() => asked.delete(hostname));
    asked.set(hostname, answer);
    return answer;
  };
}

function notResolved(hostname: string, error: Error): AttemptError {
  const code = 'code' in error ? String(error.code) : error.message;
  return new AttemptError('dns_failed', `The name ${hostname} did not resolve (${code})`, error);
}
