// The shapes of answers, for the API's description.

import { z } from 'zod';
import { states } from './list.ts';

const instant = z.iso.datetime();
const headers = z.array(z.tuple([z.string(), z.string()]));
const state = z.enum(states);

const receipt = z.object({
  id: z.uuid(),
  state,
  queue: z.string(),
  runAt: instant,
  duplicate: z.boolean().meta({ description: 'Nothing new was stored.' }),
  notes: z.array(z.string()).optional().meta({
    description: 'What it said of its queue or limit that had stood differently.',
  }),
});

const target = z.discriminatedUnion('kind', [
  z.object({
    kind: z.literal('http'),
    method: z.string(),
    url: z.string(),
    headers,
    bodyBytes: z.int(),
  }),
  z.object({
    kind: z.literal('command'),
    name: z.string().optional().meta({ description: 'As the operator named it.' }),
    program: z.string().optional().meta({ description: 'Of a command without a name.' }),
    args: z.array(z.string()),
    env: z.record(z.string(), z.string()).meta({ description: 'Values are not shown.' }),
    folder: z.string().optional(),
    inputBytes: z.int(),
  }),
]);

const job = z.object({
  id: z.uuid(),
  state,
  reason: z.string().optional().meta({ description: 'Why it failed.' }),
  clock: z.enum(['startBy', 'deadline', 'within']).optional().meta({
    description: 'Which of its clocks ended it.',
  }),
  waiting: z.string().optional().meta({ description: 'Why it waits.' }),
  queue: z.string(),
  target,
  tags: z.array(z.string()),
  createdAt: instant,
  runAt: instant,
  settledAt: instant.optional(),
  attempts: z.int(),
  resentFrom: z.uuid().optional().meta({ description: 'The job of which it is a resend.' }),
  response: z
    .object({
      status: z.int(),
      headers,
      bodyBytes: z.int(),
      truncated: z.boolean(),
      incomplete: z.boolean(),
      exitCode: z.int().optional().meta({ description: 'Of a command.' }),
      signal: z.string().optional().meta({ description: 'What ended a command.' }),
      stderr: z.string().optional().meta({ description: 'The last of its standard error.' }),
    })
    .optional(),
});

const attempt = z.object({
  number: z.int(),
  startedAt: instant,
  endedAt: instant.optional(),
  result: z.enum(['success', 'retry', 'reject', 'interrupted', 'cancelled', 'running']),
  status: z.int().optional(),
  error: z.string().optional(),
  detail: z.string().optional(),
});

const schemas = {
  Receipt: receipt,
  Job: job,
  JobPage: z.object({
    jobs: z.array(job),
    next: z.string().optional().meta({ description: 'Cursor of the next page.' }),
    partial: z.boolean().optional(),
  }),
  Attempts: z.object({ attempts: z.array(attempt) }),
  Cancelled: z.object({ id: z.uuid(), cancelled: z.enum(['removed', 'aborted', 'too-late']) }),
  Problem: z.object({
    type: z.string(),
    title: z.string(),
    status: z.int(),
    detail: z.string(),
    code: z.string(),
    field: z.string().optional(),
    index: z.int().optional(),
    job: z.uuid().optional(),
    scope: z.string().optional().meta({ description: 'Whose bound is reached.' }),
  }),
} as const;

export function answerSchemas(): Record<string, unknown> {
  const described = Object.entries(schemas).map(([name, schema]) => {
    const { $schema, ...rest } = z.toJSONSchema(schema, { io: 'output' });
    return [name, rest] as const;
  });
  return Object.fromEntries(described);
}
