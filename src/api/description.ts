// The API in OpenAPI 3.1: what is asked and answered on each path.

import { z } from 'zod';
import { jobSchema } from '../job/job-schema.ts';
import { limits } from '../limits.ts';
import { budgetPaths, budgetSchemas } from './budget-description.ts';
import { commandPaths } from './command-description.ts';
import { groupPaths, groupSchemas } from './group-description.ts';
import { listParameters, states } from './list.ts';
import { mendingPaths, mendingSchemas } from './mending-description.ts';
import { routePaths } from './publishable/description.ts';
import { answerSchemas } from './schemas.ts';

type Json = Record<string, unknown>;

/** The whole document. */
export function describe(version: string): Json {
  return {
    openapi: '3.1.0',
    info: {
      title: 'sendoff',
      version,
      license: { name: 'MIT', identifier: 'MIT' },
      description: 'Hand over HTTP requests; they are kept, delivered and answered for.',
    },
    paths: {
      ...handOverPaths(),
      ...groupPaths({ id, wait, problem }),
      ...commandPaths({ id, wait, problem }),
      ...jobPaths(),
      ...budgetPaths({ problem, id }),
      ...mendingPaths({ problem, id }),
      ...routePaths(),
      ...serverPaths(),
    },
    components: {
      schemas: { ...jobInput(), ...answerSchemas(), ...mendingSchemas(), ...budgetSchemas() },
      securitySchemes: { token: { type: 'http', scheme: 'bearer' } },
    },
    security: [{}, { token: [] }],
  };
}

/** A job as `POST /v1/jobs` takes it: its options, and at most one form of body. */
function jobInput(): Json {
  const { $defs, $schema, properties, ...rest } = rebased(z.toJSONSchema(jobSchema));
  const body = { type: 'string', description: 'Body as text. One of body, bodyBase64, json.' };
  const bodyBase64 = { type: 'string', contentEncoding: 'base64', description: 'Body as bytes.' };
  const json = { description: 'Body as JSON; goes out byte for byte as written here.' };
  const input = { type: 'string', description: 'Standard input of a command, as text.' };
  const inputBase64 = { type: 'string', contentEncoding: 'base64', description: 'And as bytes.' };
  const all = { ...(properties as Json), body, bodyBase64, json, input, inputBase64 };
  const JobInput = { ...rest, properties: all };
  return { JobInput, ...groupSchemas(all), ...($defs as Json | undefined) };
}

/** Definitions move from the schema to the document, and what refers to them follows. */
function rebased(schema: object): Json {
  const text = JSON.stringify(schema).replaceAll('"#/$defs/', '"#/components/schemas/');
  return JSON.parse(text) as Json;
}

const wait = {
  name: 'Prefer',
  in: 'header',
  description: `wait=N: wait up to N seconds (at most ${limits.waitMs / 1_000}) for the outcome.`,
  schema: { type: 'string', examples: ['wait=10'] },
};
const id = { name: 'id', in: 'path', required: true, schema: { type: 'string', format: 'uuid' } };

function handOverPaths(): Json {
  const jobInput = { $ref: '#/components/schemas/JobInput' };
  const array = { type: 'array', items: jobInput, maxItems: limits.jobsPerArray };
  const content = {
    'application/json': { schema: { oneOf: [jobInput, array] } },
    'application/x-ndjson': { schema: { type: 'string', description: 'One job per line.' } },
  };
  const answers = {
    '200': { description: 'NDJSON: one line per input line, each after its commit' },
    '202': json('Receipt', 'On disk and synced'),
    default: problem,
  };
  const url = { name: 'url', in: 'query', required: true, schema: { type: 'string' } };
  const pass = {
    summary: 'Hand this very request over; all methods',
    parameters: [{ ...url, description: 'The target, percent-encoded.' }, wait],
    responses: { '202': json('Receipt', 'On disk and synced'), default: problem },
  };
  const summary = 'Hand over one job, an array, or NDJSON of any length';
  return {
    '/v1/jobs': {
      get: listOperation(),
      post: { summary, parameters: [wait], requestBody: { content }, responses: answers },
    },
    '/v1/to': eachMethod(pass),
    '/v1/toss': eachMethod({
      summary: 'Fire and forget: this very request goes into memory and is tried once',
      parameters: pass.parameters.slice(0, 1),
      responses: { '202': { description: 'In memory' }, default: problem },
    }),
  };
}

function eachMethod(operation: Json): Json {
  const methods = ['get', 'post', 'put', 'patch', 'delete'];
  return Object.fromEntries(methods.map((method) => [method, operation]));
}

function listOperation(): Json {
  const schemas: Json = {
    state: { enum: states },
    limit: { type: 'integer', minimum: 1, maximum: limits.listRows, default: 50 },
  };
  const parameters = listParameters.map((name) => {
    return { name, in: 'query', schema: schemas[name] ?? { type: 'string' } };
  });
  return { summary: 'Jobs, newest first', parameters, ...answered('JobPage', 'One page') };
}

function jobPaths(): Json {
  const parameters = [id];
  const operation = (summary: string, schema: string): Json => {
    return { summary, parameters, ...answered(schema, summary) };
  };
  const response = {
    summary: "The target's own answer",
    parameters,
    responses: {
      '202': json('Job', 'Not settled yet'),
      default: { description: "The target's status, headers and body, or a problem" },
    },
  };
  const get = { ...operation('One job', 'Job'), parameters: [id, wait] };
  return {
    '/v1/jobs/{id}': { get },
    '/v1/jobs/{id}/attempts': { get: operation('Attempts of one job', 'Attempts') },
    '/v1/jobs/{id}/response': { get: response },
    '/v1/jobs/{id}/cancel': { post: operation('Stop a job', 'Cancelled') },
    '/v1/jobs/{id}/retry': { post: operation('Try a job now, or again', 'Receipt') },
  };
}

function serverPaths(): Json {
  const plain = (summary: string): Json => {
    return { get: { summary, responses: { '200': { description: summary } } } };
  };
  const lastEventId = { name: 'Last-Event-ID', in: 'header', schema: { type: 'string' } };
  const stream = {
    summary: 'Every change, as Server-Sent Events',
    parameters: [lastEventId],
    responses: { '200': { description: 'Events', content: { 'text/event-stream': {} } } },
  };
  return {
    '/v1/events': { get: stream },
    '/v1/stats': plain('Counters since start'),
    '/healthz': plain('This process answers'),
    '/readyz': plain('A job would be accepted now'),
    '/metrics': plain('Prometheus and OpenMetrics'),
  };
}

const problem = {
  description: 'A problem with a stable `code`',
  content: { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } },
};

function json(schema: string, description: string): Json {
  const content = { 'application/json': { schema: { $ref: `#/components/schemas/${schema}` } } };
  return { description, content };
}

function answered(schema: string, description: string): Json {
  return { responses: { '200': json(schema, description), default: problem } };
}
