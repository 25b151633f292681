// The paths of looking at failures and mending them, for the API's description.

import { z } from 'zod';
import { limits } from '../limits.ts';
import { causeParameters } from './causes.ts';

type Json = Record<string, unknown>;

const causeId = z.string().length(13);

const cause = z.object({
  id: causeId.meta({ description: 'For `cause` in lists.' }),
  origin: z.string().meta({ description: 'Scheme, host and port, or command:<name>.' }),
  reason: z.string(),
  status: z.int().optional().meta({ description: 'HTTP status that the last attempt met.' }),
  error: z.string().optional().meta({ description: 'What the last attempt met.' }),
  jobs: z.int().meta({ description: 'How many are failed of it now.' }),
  firstAt: z.iso.datetime().meta({ description: 'Since when there has been one.' }),
  lastAt: z.iso.datetime(),
  sample: z.uuid().optional().meta({ description: 'The newest of these jobs.' }),
});

const count = z.object({ jobs: z.int(), partial: z.boolean().optional() });
const counts = z.record(z.string(), z.int());
const action = z.enum(['retry', 'cancel', 'resend']);

const bulk = z.object({
  id: z.uuid(),
  state: z.enum(['running', 'done', 'aborted']),
  action,
  filter: z.record(z.string(), z.unknown()),
  edits: z.record(z.string(), z.unknown()).optional(),
  createdAt: z.iso.datetime(),
  endedAt: z.iso.datetime().optional(),
  expected: count.meta({ description: 'How many jobs were meant when it began.' }),
  progress: z.object({
    looked: z.int().meta({ description: 'Jobs that were looked at.' }),
    matched: z.int().meta({ description: 'Those among them that are meant.' }),
    done: z.int(),
    skipped: counts.meta({ description: 'What was left alone, and why.' }),
    failed: counts.meta({ description: 'What could not be done, by error code.' }),
  }),
  duplicate: z.boolean().optional().meta({ description: 'The operation was there already.' }),
});

const instant = z.union([z.string(), z.number()]);
const states = z.enum(['pending', 'running', 'succeeded', 'failed', 'cancelled']);

const filter = z
  .strictObject({
    all: z.literal(true).optional().meta({
      description: 'Every job that the action is for; nothing but state may stand beside it.',
    }),
    state: z
      .union([states, z.array(states)])
      .optional()
      .meta({
        description: 'Default failed; of cancel pending and running.',
      }),
    queue: z.string().optional(),
    tag: z.string().optional(),
    url: z.string().optional().meta({ description: "Part of the target's URL." }),
    reason: z.string().optional(),
    cause: causeId.optional(),
    error: z.string().optional().meta({ description: 'What the last attempt met.' }),
    status: z.int().optional().meta({ description: 'HTTP status that the last attempt met.' }),
    createdAfter: instant.optional(),
    createdBefore: instant.optional(),
    settledAfter: instant.optional(),
    settledBefore: instant.optional(),
    ids: z.array(z.uuid()).min(1).max(limits.bulkIds).optional(),
  })
  .meta({ description: 'Which jobs; each field narrows, and at least one must be there.' });

const edits = z.record(z.string(), z.unknown()).meta({
  description: 'Of resend: url, method, headers (null takes one away) and delivery options.',
});

const bulkInput = z.strictObject({
  id: z.uuid().optional(),
  action,
  filter,
  edits: edits.optional(),
});

const schemas = {
  Bulk: bulk,
  BulkInput: bulkInput,
  Bulks: z.object({ bulks: z.array(bulk) }),
  BulkPreview: count.extend({ sample: z.array(z.uuid()) }),
  CausePage: z.object({ causes: z.array(cause), partial: z.boolean().optional() }),
} as const;

export function mendingSchemas(): Json {
  const described = Object.entries(schemas).map(([name, schema]) => {
    const { $schema, ...rest } = z.toJSONSchema(schema, { io: 'output' });
    return [name, rest] as const;
  });
  return Object.fromEntries(described);
}

/** @param shared parts of the description that other paths have too */
export function mendingPaths({ problem, id }: { readonly problem: Json; readonly id: Json }): Json {
  const limit = { type: 'integer', minimum: 1, maximum: limits.causes, default: 100 };
  const parameters = causeParameters.map((name) => {
    return { name, in: 'query', schema: name === 'limit' ? limit : { type: 'string' } };
  });
  const summary = 'Failed jobs by cause, most jobs first';
  const responses = { '200': answer('CausePage', 'Kept, not counted'), default: problem };
  return {
    '/v1/causes': { get: { summary, parameters, responses } },
    '/v1/jobs/{id}/resend': { post: resendOperation({ problem, id }) },
    ...bulkPaths({ problem, id }),
  };
}

interface Shared {
  readonly problem: Json;
  readonly id: Json;
}

function resendOperation({ problem, id }: Shared): Json {
  const description = 'What is different: options, and a body in one of its forms.';
  const schema = { allOf: [{ $ref: '#/components/schemas/JobInput' }], description };
  return {
    summary: 'Hand a job over again, as another one with the same body unless it is edited',
    parameters: [id],
    requestBody: { required: false, content: { 'application/json': { schema } } },
    responses: { '202': answer('Receipt', 'On disk and synced'), default: problem },
  };
}

function bulkPaths({ problem, id }: Shared): Json {
  const input = { schema: { $ref: '#/components/schemas/BulkInput' } };
  const requestBody = { required: true, content: { 'application/json': input } };
  const of = (schema: string, summary: string, status = '200'): Json => {
    return { summary, responses: { [status]: answer(schema, summary), default: problem } };
  };
  const preview = of('BulkPreview', 'How many jobs are meant, before anything is done');
  const start = of('Bulk', 'The operation is on disk and goes on by itself', '202');
  return {
    '/v1/bulk/preview': { post: { ...preview, requestBody } },
    '/v1/bulk': {
      get: of('Bulks', 'Operations on many jobs, newest first'),
      post: { ...start, requestBody },
    },
    '/v1/bulk/{id}': { get: { ...of('Bulk', 'One operation'), parameters: [id] } },
    '/v1/bulk/{id}/abort': {
      post: { ...of('Bulk', 'Nothing more is done; what was done stays'), parameters: [id] },
    },
  };
}

function answer(schema: string, description: string): Json {
  const content = { 'application/json': { schema: { $ref: `#/components/schemas/${schema}` } } };
  return { description, content };
}
