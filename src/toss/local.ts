// A tosser that needs no store and no server.

import type { Clock } from '../clock.ts';
import { createEgressPolicy } from '../delivery/egress.ts';
import { createTosser, type Tosser } from './tosser.ts';

/** May call this machine and its networks, but no addresses that give away credentials. */
export function createLocalTosser(options: {
  readonly clock: Clock;
  readonly userAgent: string;
  readonly connectMs?: number;
}): Tosser {
  const egress = createEgressPolicy({ allowPrivate: true });
  const checkTarget = (url: string): void => egress.checkLiteral(new URL(url));
  return createTosser({ ...options, egress, checkTarget });
}
