// The paths of commands, for the API's description.

import { limits } from '../limits.ts';

type Json = Record<string, unknown>;

/** @param parts of the document that these paths share with others */
export function commandPaths({ id, wait, problem }: Readonly<Record<string, Json>>): Json {
  const name = { name: 'name', in: 'path', required: true, schema: { type: 'string' } };
  const answered = (description: string): Json => ({ description });
  const run = (summary: string, parameters: readonly unknown[]): Json => ({
    summary,
    parameters: [...parameters, arg, env, wait],
    requestBody: {
      content: {
        'application/json': { schema: call },
        '*/*': { schema: { type: 'string', description: 'The standard input itself.' } },
      },
    },
    responses: {
      '200': answered('Waited for: its standard output, with Sendoff-Exit-Code'),
      '202': answered('On disk and synced'),
      '403': answered('`runner_disabled`: no commands here'),
      '422': answered('`unknown_command`'),
      default: problem,
    },
  });
  const output = {
    summary: 'What a command writes, live, as Server-Sent Events',
    description:
      'Events `stdout` and `stderr` with {attempt, offset, text or base64}; who comes late gets ' +
      'the last 64 KiB first. Ends with `end` and the job.',
    parameters: [id],
    responses: {
      '200': { description: 'Events', content: { 'text/event-stream': {} } },
      default: problem,
    },
  };
  const own = [query('program', 'Absolute path.'), query('folder', 'Where it runs.')];
  return {
    '/v1/commands/{name}/run': { post: run('Run a command of the configuration', [name]) },
    '/v1/commands/run': { post: run('Run any program; over the Unix socket alone', own) },
    '/v1/jobs/{id}/output': { get: output },
  };
}

function query(name: string, description: string): Json {
  return { name, in: 'query', description, schema: { type: 'string' } };
}

const arg = {
  name: 'arg',
  in: 'query',
  description: 'One argument each, where the body is the input.',
  schema: { type: 'array', maxItems: limits.commandArguments, items: { type: 'string' } },
};

const env = {
  name: 'Sendoff-Env',
  in: 'header',
  description: 'Variables as a JSON object, where the body is the input.',
  schema: { type: 'string' },
};

const call = {
  type: 'object',
  description: 'Beside these, every option of a job.',
  properties: {
    args: { type: 'array', maxItems: limits.commandArguments, items: { type: 'string' } },
    env: { type: 'object', additionalProperties: { type: 'string' } },
    input: { type: 'string', description: 'Standard input as text.' },
    inputBase64: { type: 'string', contentEncoding: 'base64', description: 'And as bytes.' },
  },
};
