// `GET /v1/jobs/{id}/output`: what a command writes, live, as Server-Sent Events. Who comes late
// gets the last 64 KiB first, and of a settled job all that is kept. The last event is `end`, with
// the job. A reader that does not read loses pieces, never the command its time.

import { isUtf8 } from 'node:buffer';
import type { ServerResponse } from 'node:http';
import { RESPONSE_ALREADY_SENT } from '@hono/node-server/utils/response';
import { SendoffError } from '../errors.ts';
import { limits } from '../limits.ts';
import type { OutputPiece } from '../sendoff.ts';
import { drained } from './answer.ts';
import type { ApiOptions } from './context.ts';
import { streamHead } from './events.ts';
import { hangUpSignal } from './exchange.ts';
import { jobId, noSuchJob } from './job.ts';
import type { Route } from './routes.ts';

export function outputRoutes(options: ApiOptions): readonly Route[] {
  let streams = 0;
  return [
    {
      method: 'GET',
      path: '/v1/jobs/:id/output',
      answer: async (context) => {
        const id = jobId(context);
        const { request, response } = context.env.exchange;
        await refuseOthers(options, id);
        if (request.method === 'HEAD') return new Response(null, { headers: streamHead });
        if (streams >= limits.outputStreams) {
          const detail = `Expected at most ${limits.outputStreams} readers of output at once`;
          throw new SendoffError('busy', detail, { retryAfterMs: 5_000 });
        }
        // It will not close a second time.
        if (response.destroyed) return RESPONSE_ALREADY_SENT;
        streams += 1;
        // Others may end their side and still want an answer; a reader of a stream has gone.
        const onGone = (): void => void response.end();
        request.socket.once('end', onGone);
        response.once('close', () => {
          streams -= 1;
          request.socket.off('end', onGone);
        });
        await writeOutput(response, { ...options, id, signal: hangUpSignal(context.env.exchange) });
        return RESPONSE_ALREADY_SENT;
      },
    },
  ];
}

async function refuseOthers({ engine }: ApiOptions, id: string): Promise<void> {
  const job = await engine.get(id);
  if (job === undefined) throw noSuchJob(id);
  if (job.target.kind === 'command') return;
  const detail = `Expected a job that runs a command, got \`${id}\``;
  throw new SendoffError('bad_request', detail, { jobId: id });
}

interface Output extends Pick<ApiOptions, 'engine' | 'clock'> {
  readonly id: string;
  readonly signal: AbortSignal;
}

async function writeOutput(
  response: ServerResponse,
  { engine, clock, id, signal }: Output,
): Promise<void> {
  response.writeHead(200, streamHead);
  response.write(':\n\n');
  const beat = (): void => {
    response.write(':\n\n');
    stopBeat = clock.after(limits.eventHeartbeatMs, beat);
  };
  let stopBeat = clock.after(limits.eventHeartbeatMs, beat);
  try {
    for await (const piece of engine.output(id, signal)) {
      if (response.destroyed) return;
      if (!response.write(pieceText(piece))) await drained(response);
    }
    const job = await engine.get(id);
    if (job?.settledAt !== undefined)
      response.write(`event: end\ndata: ${JSON.stringify(job)}\n\n`);
  } finally {
    stopBeat();
    response.end();
  }
}

function pieceText({ stream, attempt, offset, bytes }: OutputPiece): string {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const content = isUtf8(buffer)
    ? { text: buffer.toString() }
    : { base64: buffer.toString('base64') };
  return `event: ${stream}\ndata: ${JSON.stringify({ attempt, offset, ...content })}\n\n`;
}
