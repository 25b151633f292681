// Where attempts may go. Every address is of one of four kinds:
//
//   public    allowed;
//   private   this machine and its own networks: allowed with `allowPrivate` or when in `allow`;
//   special   ranges that no honest target has, and IPv6 wrappers of IPv4: only when in `allow`,
//             but wrappers also with `allowPrivate`;
//   guarded   link-local and cloud metadata, which give away credentials to whoever asks: only when
//             `allow` names that single address; no range and no host name opens them.
//
// What an address wraps is judged as well. The platform's BlockList does the matching.

import { BlockList, isIP, isIPv6 } from 'node:net';
import { SendoffError } from '../errors.ts';
import { embeddedAddresses, parseAddress, plainAddress } from './address.ts';

export interface EgressPolicy {
  /** May an attempt for `hostname` connect to `address`? */
  isAllowed(address: string, hostname: string): boolean;
  /**
   * Throws `target_not_allowed` if the URL's host is a forbidden literal or a forbidden
   * `localhost`.
   */
  checkLiteral(url: URL): void;
}

export interface EgressOptions {
  readonly allowPrivate: boolean;
  /** Addresses, CIDR ranges and host names that are allowed besides. */
  readonly allow?: readonly string[];
}

type Kind = 'public' | 'private' | 'special' | 'wrapper' | 'guarded';

const privateRanges = listOf([
  '0.0.0.0/32 ::/128', // "any", which connects to this machine
  '127.0.0.0/8 ::1/128', // loopback
  '10.0.0.0/8 172.16.0.0/12 192.168.0.0/16', // RFC 1918
  '100.64.0.0/10', // carrier-grade NAT
  'fc00::/7 fec0::/10', // unique local, and its predecessor
]);

const specialRanges = listOf([
  '0.0.0.0/8', // "this host"
  '192.0.0.0/24 192.88.99.0/24', // protocol assignments, 6to4 relays
  '192.0.2.0/24 198.51.100.0/24 203.0.113.0/24 2001:db8::/32 3fff::/20', // documentation
  '198.18.0.0/15 2001:2::/48', // benchmarks
  '224.0.0.0/4 ff00::/8', // multicast
  '240.0.0.0/4', // reserved, broadcast
  '100::/64 100:0:0:1::/64', // discard
  '2001:10::/28 2001:20::/28', // ORCHID
  '5f00::/16', // segment routing
]);

const wrapperRanges = listOf([
  '::/96', // IPv4-compatible
  '64:ff9b::/96 64:ff9b:1::/48', // NAT64
  '2002::/16', // 6to4
  '2001::/32', // Teredo
]);

const guardedRanges = listOf([
  '169.254.0.0/16 fe80::/10', // link-local, most clouds' metadata among it
  'fd00:ec2::254/128 fd00:ec2::23/128', // Amazon
  'fd20:ce::254/128', // Google
  'fd00:42::42/128', // Scaleway
  '100.100.100.200/32', // Alibaba
  '168.63.129.16/32', // Azure
  '192.0.0.192/32', // Oracle
]);

/** A literal is judged at every hand-over; its verdict is remembered while the table is small. */
const VERDICTS_KEPT = 1_000;

export function createEgressPolicy(options: EgressOptions): EgressPolicy {
  const allowed = readAllow(options.allow ?? []);
  const verdicts = new Map<string, boolean>();

  function judge(address: string, isNamed: boolean): boolean {
    const kind = kindOf(address);
    if (kind === 'guarded') return contains(allowed.singles, address);
    if (kind === 'public' || isNamed || contains(allowed.ranges, address)) return true;
    return options.allowPrivate && (kind === 'private' || kind === 'wrapper');
  }

  function isAllowed(address: string, hostname: string): boolean {
    const isNamed = allowed.names.size > 0 && allowed.names.has(plainName(hostname));
    const key = isNamed ? `+${address}` : address;
    const known = verdicts.get(key);
    if (known !== undefined) return known;
    const bytes = parseAddress(address);
    const parts = bytes ? [plainAddress(address), ...embeddedAddresses(bytes)] : [];
    const verdict = parts.length > 0 && parts.every((part) => judge(part, isNamed));
    if (verdicts.size >= VERDICTS_KEPT) verdicts.clear();
    verdicts.set(key, verdict);
    return verdict;
  }

  return {
    isAllowed,
    checkLiteral(url) {
      const name = plainName(url.hostname);
      const literals = isIP(name) ? [name] : isLocalhost(name) ? ['127.0.0.1', '::1'] : [];
      if (literals.every((literal) => isAllowed(literal, name))) return;
      throw new SendoffError(
        'target_not_allowed',
        `Expected \`url\` to lead to an address that may be called, got \`${url.hostname}\``,
        { field: 'url' },
      );
    },
  };
}

interface Allowed {
  readonly singles: BlockList;
  readonly ranges: BlockList;
  readonly names: ReadonlySet<string>;
}

function readAllow(entries: readonly string[]): Allowed {
  const singles = new BlockList();
  const ranges = new BlockList();
  const names = new Set<string>();
  for (const entry of entries) {
    if (entry.includes('/')) addRange(ranges, entry);
    else if (isIP(plainName(entry))) {
      const address = plainAddress(plainName(entry));
      singles.addAddress(address, familyOf(address));
      ranges.addAddress(address, familyOf(address));
    } else names.add(plainName(entry));
  }
  return { singles, ranges, names };
}

function kindOf(address: string): Kind {
  if (contains(guardedRanges, address)) return 'guarded';
  if (contains(privateRanges, address)) return 'private';
  if (contains(specialRanges, address)) return 'special';
  return contains(wrapperRanges, address) ? 'wrapper' : 'public';
}

function listOf(lines: readonly string[]): BlockList {
  const list = new BlockList();
  for (const range of lines.flatMap((line) => line.split(' '))) addRange(list, range);
  return list;
}

function addRange(list: BlockList, range: string): void {
  const [address = '', prefix = ''] = range.split('/');
  const bits = familyOf(address) === 'ipv6' ? 128 : 32;
  if (!isIP(address) || !/^\d{1,3}$/.test(prefix) || Number(prefix) > bits) {
    throw new SendoffError(
      'invalid_field',
      `Expected \`allow\` to hold addresses, CIDR ranges and host names, got \`${range}\``,
      { field: 'allow' },
    );
  }
  list.addSubnet(address, Number(prefix), familyOf(address));
}

function contains(list: BlockList, address: string): boolean {
  return list.check(address, familyOf(address));
}

function familyOf(address: string): 'ipv4' | 'ipv6' {
  return isIPv6(address) ? 'ipv6' : 'ipv4';
}

/** Lower case, without brackets and without the final dot. */
function plainName(hostname: string): string {
  const name = hostname.toLowerCase();
  if (name.startsWith('[')) return name.slice(1, -1);
  return name.endsWith('.') ? name.slice(0, -1) : name;
}

function isLocalhost(name: string): boolean {
  return name === 'localhost' || name.endsWith('.localhost');
}
