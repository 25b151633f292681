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

const schemas = {
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
export function mendingPaths({ problem }: { readonly problem: Json }): Json {
  const limit = { type: 'integer', minimum: 1, maximum: limits.causes, default: 100 };
  const parameters = causeParameters.map((name) => {
    return { name, in: 'query', schema: name === 'limit' ? limit : { type: 'string' } };
  });
  const summary = 'Failed jobs by cause, most jobs first';
  const responses = { '200': answer('CausePage', 'Kept, not counted'), default: problem };
  return { '/v1/causes': { get: { summary, parameters, responses } } };
}

function answer(schema: string, description: string): Json {
  const content = { 'application/json': { schema: { $ref: `#/components/schemas/${schema}` } } };
  return { description, content };
}
