// The fields of a job for people who read the API's description. `options.ts` checks; this
// describes, and is apart so that only what serves the description loads a schema library.

import { z } from 'zod';
import { limits } from '../limits.ts';
import { ERROR_NAMES } from './attempt-error.ts';

const duration = z
  .union([z.number().int().min(0), z.string().regex(/^\d+(\.\d+)?(ms|[smhdw])$/)])
  .meta({
    id: 'Duration',
    description: 'Milliseconds, or text with one unit: 800ms, 2s, 5m, 1.5h, 7d, 2w.',
    examples: ['5m', 1500],
  });

const instant = z.union([z.string(), z.number()]).meta({
  id: 'Instant',
  description: 'ISO 8601 with a zone, or milliseconds since 1970.',
  examples: ['2030-01-31T09:00:00Z'],
});

const name = z.string().min(1).max(limits.nameBytes);
const tries = z.number().int().min(0).max(limits.retriesMost);

const headers = z
  .union([
    z.record(z.string(), z.union([z.string(), z.array(z.string())])),
    z.array(z.tuple([z.string(), z.string()])),
  ])
  .meta({
    description: 'Names with a value or several, or a list of pairs. Values go out as they are.',
  });

const spacing = {
  backoff: z
    .enum(['exponential', 'fixed'])
    .optional()
    .meta({ description: 'Both with full jitter. Default exponential.' }),
  base: duration.optional().meta({ description: 'First delay. Default 2s.' }),
  factor: z
    .number()
    .min(1)
    .optional()
    .meta({ description: `Growth per retry. Default ${limits.backoffFactor}.` }),
  cap: duration.optional().meta({
    description: 'Longest delay. Default 1h; of an expression 366d.',
  }),
  delays: z.array(duration).min(1).max(limits.backoffList).optional().meta({
    description: 'Exact delays, one per retry, without jitter; the last one repeats.',
  }),
  expression: z
    .string()
    .max(limits.expressionCharacters)
    .optional()
    .meta({
      description:
        'Milliseconds as a formula over `retried` (0 for the first retry), without jitter: ' +
        '+ - * / %, parentheses, pow sqrt abs exp floor ceil round min max.',
      examples: ['pow(2, retried) * 1000'],
    }),
};

const status = z.union([
  z.number().int().min(300).max(599),
  z.string().regex(/^[345]\d\d(-[345]\d\d)?$/),
]);
const errorName = z.enum([...ERROR_NAMES] as [string, ...string[]]);

const rule = z
  .strictObject({
    status: oneOrSeveral(status).optional().meta({
      description: 'Of the answer: 429, "500-599", or a list. Not with error.',
    }),
    error: oneOrSeveral(errorName).optional().meta({
      description: 'No answer came, for this reason: a code or a class.',
    }),
    sent: z.boolean().optional().meta({
      description: 'Whether a byte of the request had gone out.',
    }),
    do: z.enum(['retry', 'never']),
    limit: tries.optional().meta({
      description: 'After such a result no retry once so many were used in all.',
    }),
    ...spacing,
  })
  .meta({ id: 'RetryRule', description: 'The first rule that fits decides about a result.' });

const retry = z
  .strictObject({
    limit: tries
      .optional()
      .meta({ description: `Tries after the first. Default ${limits.retries}.` }),
    ...spacing,
    within: duration.optional().meta({
      description: 'From the beginning of the first try: no retry begins after that.',
    }),
    rules: z.array(rule).max(limits.retryRules).optional(),
  })
  .meta({ id: 'Retry', description: 'What is retried, how often and how far apart.' });

function oneOrSeveral<Item extends z.ZodType>(item: Item): z.ZodUnion<[Item, z.ZodArray<Item>]> {
  return z.union([item, z.array(item).min(1).max(limits.retryRuleNames)]);
}

const atOnce = z.number().int().min(1).max(limits.budgetMost);

/** What a limit may be told. */
const limitValues: z.ZodRawShape = {
  concurrency: atOnce.optional().meta({ description: 'Attempts under way at once.' }),
  rate: z
    .string()
    .optional()
    .meta({
      description: 'Attempts that may begin per time, from one second to seven days.',
      examples: ['7/s', '100/5m', '1000/7d'],
    }),
  burst: atOnce.optional().meta({
    description: 'Attempts that may begin at once after a rest. Default 1: an even pace.',
  }),
};

/** What a queue may be told. */
const queueValues: z.ZodRawShape = {
  ...limitValues,
  order: z.enum(['none', 'strict']).optional().meta({
    description: 'strict: one after the other, as they were stored. Default none.',
  }),
  onFailure: z
    .enum(['block', 'skip', 'park'])
    .optional()
    .meta({
      description:
        'In a strict order, while the head is tried again: block makes the others wait, skip ' +
        'lets them pass, park waits too and pauses the queue when the head fails. Default block.',
    }),
};

const queue = z.strictObject({ name: name.optional(), ...queueValues }).meta({ id: 'QueueOption' });
const limit = z.strictObject({ key: name, ...limitValues }).meta({ id: 'LimitOption' });

/** The shape of a job without its body; doors extend it with theirs. */
export const jobSchema: z.ZodObject = z
  .strictObject({
    url: z
      .string()
      .max(limits.urlBytes)
      .meta({
        description: 'Absolute URL, http or https, without credentials and fragment.',
        examples: ['https://api.example/orders'],
      })
      .optional(),
    method: z.string().max(32).optional().meta({
      description: 'Default GET without a body, POST with one.',
    }),
    headers: headers.optional(),
    command: name.optional().meta({
      description: 'A command that the operator has named, in place of url.',
    }),
    args: z
      .array(z.string())
      .max(limits.commandArguments)
      .optional()
      .meta({ description: 'Arguments of the command, after those that the operator gave it.' }),
    env: z.record(z.string(), z.string()).optional().meta({
      description: 'Variables of the command that its configuration lets callers set.',
    }),
    id: z.uuid().optional().meta({
      description: 'Chosen by you, lower case: the same id and content again is harmless.',
    }),
    key: name.optional().meta({
      description: 'Idempotency key: for 24 h the same key and content is the same job.',
    }),
    queue: z
      .union([name, queue])
      .optional()
      .meta({
        description:
          "The line that the job waits in, and what is said of it. Default the URL's origin, or " +
          'command:<name>.',
      }),
    limit: z.union([name, limit]).optional().meta({
      description: 'A budget that jobs of any queues share, by its key, and what is said of it.',
    }),
    priority: z.number().int().min(0).max(3).optional().meta({
      description: '0 is soonest. Default 2.',
    }),
    delay: duration.optional().meta({ description: 'Not before this much time has passed.' }),
    at: instant.optional().meta({ description: 'Not before this instant. Not with delay.' }),
    startBy: instant.optional().meta({
      description: 'Fails as expired if the first try has not begun by then.',
    }),
    timeout: duration.optional().meta({
      description: 'One attempt, from its start to the last byte. Default 15m.',
    }),
    connectTimeout: duration.optional().meta({
      description: 'Name, TCP and TLS of one attempt. Default 10s.',
    }),
    firstByteTimeout: duration.optional().meta({
      description: 'From the request having gone out to the answer beginning. Default none.',
    }),
    idleTimeout: duration.optional().meta({
      description: 'Silence within an answer that has begun. Default 10m.',
    }),
    deadline: duration.optional().meta({
      description: 'From the first due time until the job is given up. Default 7d.',
    }),
    retries: tries.optional().meta({ description: 'Short for retry.limit. Not with retry.' }),
    retry: retry.optional(),
    delivery: z.enum(['at-least-once', 'at-most-once']).optional().meta({
      description: 'at-most-once: nothing that may have reached the target is sent again.',
    }),
    tags: z.array(name).max(limits.tags).optional().meta({ description: 'Labels to find it by.' }),
    keep: z
      .union([
        duration,
        z.strictObject({ job: duration.optional(), response: duration.optional() }),
      ])
      .optional()
      .meta({
        description: 'How long it is remembered once it has settled; alone, of the job.',
      }),
  })
  .meta({ id: 'Job', description: 'A request to be made or a command to be run, and how.' });
