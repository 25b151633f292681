// The paths of queues, limits and origins, for the API's description.

import { z } from 'zod';
import { limits } from '../limits.ts';
import { pageParameters } from './budgets.ts';

type Json = Record<string, unknown>;

const instant = z.iso.datetime();
const atOnce = z.int().min(1).max(limits.budgetMost);

const limitValues = {
  concurrency: atOnce.optional().meta({ description: 'Attempts under way at once.' }),
  rate: z
    .string()
    .optional()
    .meta({ description: 'Attempts that may begin per time.', examples: ['7/s', '100/5m'] }),
  burst: atOnce.optional().meta({ description: 'Of these at once after a rest. Default 1.' }),
};
const queueValues = {
  ...limitValues,
  order: z.enum(['none', 'strict']).optional(),
  onFailure: z.enum(['block', 'skip', 'park']).optional(),
};

const disagreement = z.object({
  field: z.string(),
  had: z.union([z.string(), z.number()]).optional().meta({ description: 'What stood.' }),
  said: z.union([z.string(), z.number()]),
  jobId: z.uuid(),
  at: instant,
  applied: z.boolean().meta({ description: 'false: what stood is pinned, and stays.' }),
});

const common = {
  running: z.int().meta({ description: 'Attempts under way.' }),
  paused: z.boolean(),
  pinned: z.array(z.string()).meta({ description: 'Values that jobs cannot change.' }),
  opensAt: instant.optional().meta({ description: 'The next attempt may begin then.' }),
  disagreements: z.int().meta({ description: 'How often a job said something else.' }),
  lastDisagreement: disagreement.optional(),
};

const queue = z.object({
  queue: z.string(),
  ...queueValues,
  waiting: z.int().meta({ description: 'Jobs not settled and not under way.' }),
  ready: z.int().meta({ description: 'Of these, due and held in memory.' }),
  ...common,
  parkedBy: z.uuid().optional().meta({ description: 'The job that paused it by failing.' }),
});
const limit = z.object({ limit: z.string(), ...limitValues, ...common });

const origin = z.object({
  origin: z.string(),
  running: z.int(),
  concurrency: z.int().meta({ description: 'Attempts at once that are allowed now.' }),
  circuit: z.enum(['closed', 'open', 'ramp']),
  learnedRate: z.number().optional().meta({ description: 'Attempts each second.' }),
  learnedConcurrency: z.int().optional(),
  opensAt: instant.optional().meta({ description: 'The next attempt may begin then.' }),
});

const why = z.object({
  id: z.uuid(),
  state: z.string(),
  reason: z.string().optional().meta({ description: 'Of a waiting job.' }),
  text: z.string().meta({ description: 'One sentence for people.' }),
  until: instant.optional().meta({ description: 'When time alone ends it.' }),
  by: z.object({ kind: z.string(), name: z.string() }).optional(),
  ahead: z.int().optional().meta({ description: 'Jobs of its queue before it.' }),
});

const changed = <Values extends z.ZodRawShape>(values: Values) => {
  const entries = Object.entries(values) as [string, z.ZodType][];
  const nullable = entries.map(([name, value]) => [name, value.nullable()] as const);
  const pin = z.boolean().optional().meta({ description: 'Jobs cannot change these any more.' });
  return z.strictObject({ ...Object.fromEntries(nullable), pin });
};

const next = z.string().optional().meta({ description: 'Cursor of the next page.' });
const schemas: Readonly<Record<string, z.ZodType>> = {
  Queue: queue,
  QueuePage: z.object({ queues: z.array(queue), next }),
  QueueChange: changed(queueValues),
  Limit: limit,
  LimitPage: z.object({ limits: z.array(limit), next }),
  LimitChange: changed(limitValues),
  OriginPage: z.object({ origins: z.array(origin), next }),
  Why: why,
};

export function budgetSchemas(): Json {
  const described = Object.entries(schemas).map(([name, schema]) => {
    const { $schema, ...rest } = z.toJSONSchema(schema, { io: 'output' });
    return [name, rest] as const;
  });
  return Object.fromEntries(described);
}

/** @param shared parts of the description that other paths have too */
export function budgetPaths(shared: { readonly problem: Json; readonly id: Json }): Json {
  const { problem, id } = shared;
  const answered = (schema: string, description: string): Json => {
    return { responses: { '200': answer(schema, description), default: problem } };
  };
  return {
    ...pathsOf('queue', 'Queue', answered),
    ...pathsOf('limit', 'Limit', answered),
    '/v1/origins': {
      get: { summary: 'Origins in use now', parameters: page, ...answered('OriginPage', 'A page') },
    },
    '/v1/jobs/{id}/why': {
      get: { summary: 'Why a job waits', parameters: [id], ...answered('Why', 'At this moment') },
    },
  };
}

type Answered = (schema: string, description: string) => Json;

function pathsOf(kind: string, schema: string, answered: Answered): Json {
  const name = { name: 'name', in: 'path', required: true, schema: { type: 'string' } };
  const parameters = [{ ...name, description: 'Percent-encoded, also `/` and dots alone.' }];
  const one = (summary: string): Json => ({ summary, parameters, ...answered(schema, summary) });
  const { default: problem } = (one('') as { responses: Json }).responses;
  const content = {
    'application/json': { schema: { $ref: `#/components/schemas/${schema}Change` } },
  };
  const forget = { '204': { description: 'Forgotten' }, default: problem };
  const list = { summary: `All ${kind}s, by name`, parameters: page };
  return {
    [`/v1/${kind}s`]: { get: { ...list, ...answered(`${schema}Page`, 'A page') } },
    [`/v1/${kind}s/{name}`]: {
      get: one(`One ${kind}`),
      patch: { ...one('Set values; null takes one away'), requestBody: { content } },
      delete: { summary: 'Forget what was said of it', parameters, responses: forget },
    },
    [`/v1/${kind}s/{name}/pause`]: { post: one('Let nothing of it begin') },
    [`/v1/${kind}s/{name}/resume`]: { post: one('Let it go on') },
  };
}

const page = pageParameters.map((name) => {
  const rows = { type: 'integer', minimum: 1, maximum: limits.listRows, default: 50 };
  return { name, in: 'query', schema: name === 'limit' ? rows : { type: 'string' } };
});

function answer(schema: string, description: string): Json {
  const content = { 'application/json': { schema: { $ref: `#/components/schemas/${schema}` } } };
  return { description, content };
}
