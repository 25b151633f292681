// Publishable routes in the API's description.

type Json = Record<string, unknown>;

const name = { name: 'name', in: 'path', required: true, schema: { type: 'string' } };
const id = { name: 'id', in: 'path', required: true, schema: { type: 'string', format: 'uuid' } };
const state = { enum: ['pending', 'running', 'succeeded', 'failed', 'cancelled'] };
const text = { type: 'string' };
const uuid = { type: 'string', format: 'uuid' };

const problem = {
  description: 'A problem with a stable `code`',
  content: { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } },
};

export function routePaths(): Json {
  return {
    '/v1/routes/{name}': { post: handOver() },
    '/v1/routes/{name}/jobs/{id}': { get: look() },
    '/v1/routes/{name}/tickets': { post: mint() },
  };
}

function handOver(): Json {
  const parameters = [
    name,
    header('Sendoff-Publishable-Key', 'The public key of the route.', true),
    header('Origin', 'An origin of the route; browsers send it.', true),
    header('Sendoff-Id', 'Chosen by the page: the same id and body again is harmless.'),
    header('Sendoff-Ticket', 'Where the route needs one.'),
  ];
  const receipt = { id: uuid, state, duplicate: { type: 'boolean' }, ticket: text };
  return {
    summary: 'Hand a body over from a web page',
    security: [{}],
    parameters,
    requestBody: { content: { '*/*': {} } },
    responses: { '202': answer('On disk and synced', receipt), default: problem },
  };
}

function look(): Json {
  const ticket = { name: 'ticket', in: 'query', required: true, schema: text };
  const response = {
    type: 'object',
    properties: {
      status: { type: 'integer' },
      ...{ body: text, bodyBase64: text, truncated: { type: 'boolean' } },
    },
  };
  const job = answer('The job', { id: uuid, state, reason: text, response });
  const stream = { 'text/event-stream': { schema: { description: 'The job, at each change.' } } };
  return {
    summary: 'A job that a page handed over, once or as events until it is settled',
    security: [{}],
    parameters: [name, id, ticket],
    responses: { '200': { ...job, content: { ...job.content, ...stream } }, default: problem },
  };
}

function mint(): Json {
  const body = { 'application/json': { schema: { type: 'object', properties: { id: uuid } } } };
  const ticket = { ticket: text, id: uuid, expiresAt: { type: 'string', format: 'date-time' } };
  return {
    summary: 'A ticket to hand over one job; for your own server, never for pages',
    parameters: [name],
    requestBody: { required: false, content: body },
    responses: { '200': answer('A ticket', ticket), default: problem },
  };
}

interface JsonAnswer {
  readonly description: string;
  readonly content: Json;
}

function answer(description: string, properties: Json): JsonAnswer {
  return {
    description,
    content: { 'application/json': { schema: { type: 'object', properties } } },
  };
}

function header(named: string, description: string, required = false): Json {
  return { name: named, in: 'header', required, description, schema: text };
}
