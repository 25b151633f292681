// The paths of groups, for the API's description.

import { z } from 'zod';
import { limits } from '../limits.ts';

type Json = Record<string, unknown>;

const member = z.object({
  id: z.uuid(),
  state: z.enum(['pending', 'running', 'succeeded', 'failed', 'cancelled', 'pruned']),
  ok: z.boolean().meta({ description: 'The target answered with 2xx.' }),
  reason: z.string().optional().meta({ description: 'Why it failed.' }),
  error: z.string().optional().meta({ description: 'What the last attempt met.' }),
  detail: z.string().optional(),
  url: z.string().optional(),
  ms: z.int().optional().meta({ description: 'From the hand-over to the outcome.' }),
  status: z.int().optional(),
  headers: z.array(z.tuple([z.string(), z.string()])).optional(),
  bodyBytes: z.int().optional(),
  exitCode: z.int().optional().meta({ description: 'Of a command.' }),
  signal: z.string().optional(),
  stderr: z.string().optional(),
  body: z.string().optional().meta({ description: 'The body, if it is text.' }),
  bodyBase64: z.string().optional(),
  truncated: z
    .literal(true)
    .optional()
    .meta({ description: "The body is not here whole: see the job's own response." }),
});

const group = z.object({
  id: z.uuid(),
  state: z
    .enum(['pending', 'succeeded', 'failed'])
    .meta({ description: 'Pending until every job is settled.' }),
  join: z.enum(['all']),
  createdAt: z.iso.datetime(),
  results: z
    .union([z.record(z.string(), member), z.array(member)])
    .meta({ description: 'Under the keys of the requests; an array if they were one.' }),
  duplicate: z.boolean().optional().meta({ description: 'Nothing new was stored.' }),
});

export function groupSchemas(options: Json): Json {
  const { $schema, ...Group } = z.toJSONSchema(group, { io: 'output' });
  const job = { $ref: '#/components/schemas/JobInput' };
  const requests = {
    oneOf: [
      { type: 'object', additionalProperties: job, maxProperties: limits.groupRequests },
      { type: 'array', items: job, maxItems: limits.groupRequests },
    ],
  };
  const own = { id: { type: 'string', format: 'uuid' }, join: { enum: ['all'] }, requests };
  const { id, key, url, method, headers, body, bodyBase64, json, ...defaults } = options;
  const GroupInput = {
    type: 'object',
    required: ['requests'],
    properties: { ...own, ...defaults },
    additionalProperties: false,
  };
  return { Group, GroupInput };
}

/** @param shared parts of the description that other paths have too */
export function groupPaths(shared: {
  readonly id: Json;
  readonly wait: Json;
  readonly problem: Json;
}): Json {
  const { id, wait, problem } = shared;
  const schema = { $ref: '#/components/schemas/Group' };
  const answer = (description: string): Json => {
    return { description, content: { 'application/json': { schema } } };
  };
  const input = { schema: { $ref: '#/components/schemas/GroupInput' } };
  const lines = { schema: { type: 'string', description: 'One result per line, as it comes.' } };
  const found = answer('What there is');
  return {
    '/v1/groups': {
      post: {
        summary: 'Hand several requests over as one',
        parameters: [wait],
        requestBody: { content: { 'application/json': input } },
        responses: {
          '200': answer('Every job is settled'),
          '202': answer('On disk and synced; what there is so far'),
          default: problem,
        },
      },
    },
    '/v1/groups/{id}': {
      get: {
        summary: 'What became of a group; as NDJSON one result per line, as it comes',
        parameters: [id, wait],
        responses: {
          '200': {
            ...found,
            content: { ...(found.content as Json), 'application/x-ndjson': lines },
          },
          default: problem,
        },
      },
    },
  };
}
