// Flags about how long a request may take, beside `--timeout` and `--deadline`.

import type { Command } from 'commander';
import type { DeliveryOptions } from '../sendoff.ts';

export interface ClockFlags {
  readonly startBy?: string;
  readonly connectTimeout?: string;
  readonly firstByteTimeout?: string;
  readonly idleTimeout?: string;
}

export function addClockFlags(command: Command): Command {
  return command
    .option('--start-by <instant>', 'give up unless the first try has begun by then')
    .option('--connect-timeout <time>', 'for a connection (10s unless given)')
    .option('--first-byte-timeout <time>', 'for the answer to begin')
    .option('--idle-timeout <time>', 'for silence within the answer (10m unless given)');
}

export function clockOptions(flags: ClockFlags): DeliveryOptions {
  const { startBy, connectTimeout, firstByteTimeout, idleTimeout } = flags;
  return {
    ...(startBy !== undefined && { startBy }),
    ...(connectTimeout !== undefined && { connectTimeout }),
    ...(firstByteTimeout !== undefined && { firstByteTimeout }),
    ...(idleTimeout !== undefined && { idleTimeout }),
  };
}
