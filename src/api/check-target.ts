// Jobs mostly call the same few places. Whether a URL may be called depends on its origin alone, so
// an origin that passed is remembered; one that was refused is asked about again.

import type { Target } from '../job/job.ts';
import type { ApiOptions } from './context.ts';

const ORIGINS = 1_000;
const AFTER_SCHEME = 'https://'.length;

export function rememberAllowed(checkTarget: ApiOptions['checkTarget']): (target: Target) => void {
  const allowed = new Set<string>();
  return (target) => {
    // Which commands may run is checked by their name.
    if (target.kind !== 'http') return;
    const { url } = target;
    const origin = url.slice(0, url.indexOf('/', AFTER_SCHEME));
    if (allowed.has(origin)) return;
    checkTarget(url);
    if (allowed.size >= ORIGINS) allowed.clear();
    allowed.add(origin);
  };
}
