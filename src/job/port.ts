// Ports that speak something else. A request to one of them could be read as a command there.

const LOWEST_FREE = 1_024;

/**
 * From the list of blocked ports of the Fetch standard those that are above 1023; below, see
 * `isPortAllowed`.
 */
const BLOCKED: ReadonlySet<number> = new Set([
  1719, // h323gatestat
  1720, // h323hostcall
  1723, // pptp
  2049, // nfs
  3659, // apple-sasl
  4045, // npp
  4190, // sieve
  5060, // sip
  5061, // sips
  6000, // x11
  6566, // sane-port
  6665, // ircu
  6666,
  6667,
  6668,
  6669,
  6679, // osaut
  6697, // ircs-u
  10080, // amanda
  // Not in that standard, but the favourites of forged requests.
  6379, // redis
  11211, // memcached
]);

/** 80, 443, and everything from 1024 that is not known to speak another protocol. */
export function isPortAllowed(port: number): boolean {
  if (port === 80 || port === 443) return true;
  return port >= LOWEST_FREE && !BLOCKED.has(port);
}
