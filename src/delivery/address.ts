// IP addresses as bytes, and the IPv4 addresses that hide inside IPv6 ones. A gateway unwraps these
// forms on its way, so a packet to 64:ff9b::7f00:1 may well end at 127.0.0.1: whoever judges an
// address has to judge what is inside it, too.

import { isIPv4, isIPv6 } from 'node:net';

/** 4 or 16 bytes; undefined if `text` is no address. A zone (`%eth0`) is dropped. */
export function parseAddress(text: string): Uint8Array | undefined {
  if (isIPv4(text)) return Uint8Array.from(text.split('.'), Number);
  if (!isIPv6(text)) return undefined;
  const zone = text.indexOf('%');
  return parseIPv6(zone < 0 ? text : text.slice(0, zone));
}

/** One spelling for one address: IPv4 stays, mapped IPv6 becomes IPv4, a zone is dropped. */
export function plainAddress(text: string): string {
  const bytes = text.includes(':') ? parseAddress(text) : undefined;
  if (!bytes) return text;
  return isMapped(bytes) ? dotted(bytes, [12, 13, 14, 15]) : hextets(bytes);
}

/** What a gateway may make of an IPv6 address. */
export function embeddedAddresses(bytes: Uint8Array): string[] {
  if (bytes.length !== 16) return [];
  const word = (index: number): number => (bytes[index * 2]! << 8) | bytes[index * 2 + 1]!;
  const last = [12, 13, 14, 15];
  // ::a.b.c.d, the deprecated "compatible" form; :: and ::1 are addresses of their own.
  if (isZero(bytes, 0, 12) && !(isZero(bytes, 12, 15) && bytes[15]! <= 1))
    return [dotted(bytes, last)];
  // NAT64, well known and local. The local prefix may be /48, where the address surrounds byte 8.
  if (word(0) === 0x64 && word(1) === 0xff9b) {
    if (word(2) === 1) return [dotted(bytes, last), dotted(bytes, [6, 7, 9, 10])];
    return [dotted(bytes, last)];
  }
  // 6to4.
  if (word(0) === 0x2002) return [dotted(bytes, [2, 3, 4, 5])];
  // Teredo: its server, and its client with every bit turned.
  if (word(0) === 0x2001 && word(1) === 0) {
    return [
      dotted(bytes, [4, 5, 6, 7]),
      dotted(
        bytes.map((byte) => byte ^ 0xff),
        last,
      ),
    ];
  }
  // ISATAP, under any prefix.
  if ((word(4) & 0xfdff) === 0 && word(5) === 0x5efe) return [dotted(bytes, last)];
  return [];
}

function parseIPv6(text: string): Uint8Array {
  const gap = text.indexOf('::');
  const head = words(gap < 0 ? text : text.slice(0, gap));
  const tail = gap < 0 ? [] : words(text.slice(gap + 2));
  const all = [...head, ...new Array<number>(8 - head.length - tail.length).fill(0), ...tail];
  return Uint8Array.from(all.flatMap((word) => [word >> 8, word & 0xff]));
}

function words(text: string): number[] {
  if (text === '') return [];
  return text.split(':').flatMap((part) => {
    if (!part.includes('.')) return [Number.parseInt(part, 16)];
    const [a, b, c, d] = part.split('.').map(Number);
    return [(a! << 8) | b!, (c! << 8) | d!];
  });
}

function isMapped(bytes: Uint8Array): boolean {
  return isZero(bytes, 0, 10) && bytes[10] === 0xff && bytes[11] === 0xff;
}

function isZero(bytes: Uint8Array, from: number, to: number): boolean {
  return bytes.subarray(from, to).every((byte) => byte === 0);
}

function dotted(bytes: Uint8Array, indexes: readonly number[]): string {
  return indexes.map((index) => bytes[index]).join('.');
}

function hextets(bytes: Uint8Array): string {
  const parts: string[] = [];
  for (let i = 0; i < 16; i += 2) parts.push(((bytes[i]! << 8) | bytes[i + 1]!).toString(16));
  return parts.join(':');
}
