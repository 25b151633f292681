// Flags about trying again, the same for a request and for a command.

import { type Command, InvalidArgumentError, Option } from 'commander';
import type { DeliveryOptions, RetryOptions } from '../sendoff.ts';
import { wholeNumber } from './arguments.ts';

export interface RetryFlags {
  readonly retries?: number;
  readonly retry?: RetryOptions;
  readonly delivery?: NonNullable<DeliveryOptions['delivery']>;
}

export function addRetryFlags(command: Command): Command {
  const modes = ['at-least-once', 'at-most-once'];
  const delivery = new Option('--delivery <mode>', 'at-most-once: never sent again once begun');
  return command
    .option('--retries <n>', 'tries after the first', wholeNumber)
    .option('--retry <json>', `as in '{"limit":5,"within":"1h","rules":[…]}'`, jsonObject)
    .addOption(delivery.choices(modes));
}

export function retryOptions({ retries, retry, delivery }: RetryFlags): DeliveryOptions {
  return {
    ...(retries !== undefined && { retries }),
    ...(retry !== undefined && { retry }),
    ...(delivery !== undefined && { delivery }),
  };
}

function jsonObject(text: string): RetryOptions {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new InvalidArgumentError(`Expected JSON: ${(error as Error).message}`);
  }
}
