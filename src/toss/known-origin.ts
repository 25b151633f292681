// Parsing a URL is most of what a toss costs its caller, and most tosses go to the same few places.
// An origin that was spelled canonically and has passed every check is remembered; what follows it
// is then taken as it is, if it is of the kind that the parser leaves as it is.

import { checkUrl } from '../job/target-url.ts';
import { limits } from '../limits.ts';

const ORIGINS = 1_000;
const AFTER_SCHEME = 'https://'.length;
/** Path and query without dot segments and without anything that the parser would encode. */
const UNCHANGED = /^(?!.*\/(?:\.|%2e))\/[\w~!$&()*+,;=:@%/?.-]*$/i;

const known = new Set<string>();

export interface Place {
  readonly origin: string;
  /** Path and query. */
  readonly path: string;
}

/** Where a URL leads, canonical. @throws SendoffError the codes of `checkUrl` */
export function checkPlace(url: unknown): Place {
  if (typeof url === 'string') {
    const slash = url.indexOf('/', AFTER_SCHEME);
    const origin = url.slice(0, slash);
    if (slash > 0 && url.length <= limits.urlBytes && known.has(origin)) {
      const path = url.slice(slash);
      if (UNCHANGED.test(path)) return { origin, path };
    }
  }
  return parsed(url);
}

function parsed(url: unknown): Place {
  const { href } = checkUrl(url);
  // The URL is canonical: its path begins at the first slash after the two of the scheme.
  const slash = href.indexOf('/', AFTER_SCHEME);
  const origin = href.slice(0, slash);
  if (known.size >= ORIGINS) known.clear();
  known.add(origin);
  return { origin, path: href.slice(slash) };
}
