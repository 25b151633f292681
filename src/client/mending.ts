// Resending, and operations on many jobs, over HTTP. A call that names what it makes by an id is
// repeated after a cut connection; doing it twice is doing it once.

import { SendoffError } from '../errors.ts';
import { limits } from '../limits.ts';
import type { BulkPreview, BulkVerbs, BulkView, ResendEdits } from '../mending.ts';
import { resendInputFrom } from '../resend-input.ts';
import type { Receipt } from '../sendoff.ts';
import type { Call, Transport } from './transport.ts';

export async function resend(
  transport: Transport,
  id: string,
  { edits, freshId }: { readonly edits: ResendEdits | undefined; readonly freshId: string },
): Promise<Receipt> {
  const { fields, body, bodyType, isInput, signal } = await resendInputFrom(edits);
  const newId = fields.id ?? freshId;
  const bytes = body === undefined ? undefined : await inMemory(body);
  const typed = bodyType === undefined ? fields : withType(fields, bodyType);
  const base64 = bytes?.toString('base64');
  const call: Call = {
    method: 'POST',
    path: `/v1/jobs/${encodeURIComponent(id)}/resend`,
    headers: ['content-type', 'application/json'],
    body: JSON.stringify({
      ...typed,
      [isInput ? 'inputBase64' : 'bodyBase64']: base64,
      id: newId,
    }),
    isRepeatable: true,
    ...(signal !== undefined && { signal }),
  };
  const receipt = await transport.json<Receipt>(call);
  // Only our own repetition can find an id that we have just made.
  const isOurs = fields.id === undefined && receipt.id === freshId;
  return isOurs ? { ...receipt, duplicate: false } : receipt;
}

async function inMemory(body: Uint8Array | AsyncIterable<Uint8Array>): Promise<Buffer> {
  if (body instanceof Uint8Array) {
    return Buffer.from(body.buffer, body.byteOffset, body.byteLength);
  }
  const pieces: Uint8Array[] = [];
  let bytes = 0;
  for await (const piece of body) {
    bytes += piece.byteLength;
    if (bytes > limits.requestBodyBytes) {
      const message = `Expected a body of at most ${limits.requestBodyBytes} bytes in an edit`;
      throw new SendoffError('body_too_large', message, { field: 'body' });
    }
    pieces.push(piece);
  }
  return Buffer.concat(pieces);
}

/** What the body is goes before what the old one was, unless the caller says what it is. */
function withType(
  fields: Readonly<Record<string, unknown>>,
  bodyType: string,
): Readonly<Record<string, unknown>> {
  const { headers = [] } = fields as { readonly headers?: object };
  const pairs: unknown[] = Array.isArray(headers) ? headers : Object.entries(headers);
  const isGiven = pairs.some((pair) => String((pair as unknown[])[0]).toLowerCase() === TYPE);
  return isGiven ? fields : { ...fields, headers: [...pairs, [TYPE, bodyType]] };
}

const TYPE = 'content-type';

export function bulkVerbs(transport: Transport, freshId: () => string): BulkVerbs {
  const post = (path: string, value?: unknown): Call => ({
    ...{ method: 'POST', path, isRepeatable: true },
    // Counting may take a while.
    isLong: true,
    ...(value !== undefined && {
      headers: ['content-type', 'application/json'],
      body: JSON.stringify(value),
    }),
  });
  const at = (id: string): string => `/v1/bulk/${encodeURIComponent(id)}`;
  return {
    preview: (request) => transport.json<BulkPreview>(post('/v1/bulk/preview', request)),
    start(request) {
      const named = { ...request, id: request.id ?? freshId() };
      return transport.json(post('/v1/bulk', named));
    },
    async get(id) {
      try {
        return await transport.json<BulkView>({ method: 'GET', path: at(id), isRepeatable: true });
      } catch (error) {
        if (error instanceof SendoffError && error.code === 'not_found') return undefined;
        throw error;
      }
    },
    async list() {
      const call: Call = { method: 'GET', path: '/v1/bulk', isRepeatable: true };
      return (await transport.json<{ bulks: BulkView[] }>(call)).bulks;
    },
    abort: (id) => transport.json<BulkView>(post(`${at(id)}/abort`)),
  };
}
