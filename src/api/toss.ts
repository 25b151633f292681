// `ANY /v1/toss?url=…`: fire and forget. The request goes into memory as it came and is answered at
// once; nothing is stored. The answer is as small as it can be, since callers write many requests
// over one connection and read the answers when they like.

import { SendoffError } from '../errors.ts';
import { limits } from '../limits.ts';
import { checkToss, type Toss } from '../toss/toss.ts';
import type { Api } from './context.ts';
import { type Exchange, hasBody } from './exchange.ts';
import { timeoutOption } from './options-from-headers.ts';
import { checkAnnouncedLength, readBody } from './read-body.ts';
import { targetUrl } from './target-url.ts';
import { passedLines } from './to.ts';

const head = ['Content-Length', '0'];
const RETRY_AFTER_MS = 1_000;

export async function toss(exchange: Exchange, api: Api): Promise<void> {
  const described = describedToss(exchange, api);
  const { response } = exchange;
  if (!api.tosser.take(await withBody(exchange, described, api))) throw full();
  response.writeHead(202, head);
  response.end();
}

function describedToss(exchange: Exchange, api: Api): Toss {
  const { lines, signed } = passedLines(exchange, api);
  const { idempotencyKey } = exchange.head;
  // Nobody tries twice, so this line stays the caller's own business.
  if (idempotencyKey !== undefined) lines.push(['idempotency-key', idempotencyKey]);
  const timeout = timeoutOption(exchange.head);
  const checked = checkToss({
    url: targetUrl(exchange.head.query),
    method: exchange.request.method,
    headers: lines,
    body: null,
    ...(timeout !== undefined && { timeout }),
  });
  if (signed.length === 0) return checked;
  return { ...checked, headers: [...checked.headers, ...signed.flat()] };
}

async function withBody(
  exchange: Exchange,
  described: Toss,
  { clock, engine }: Api,
): Promise<Toss> {
  if (!hasBody(exchange)) return described;
  const limitBytes = limits.inlineBodyBytes;
  checkAnnouncedLength(exchange, limitBytes);
  // One turn later a body that came in one piece with the head is complete.
  await undefined;
  const body = await readBody(exchange, { limitBytes, clock, engine });
  // What was read is a view into a larger buffer, which would be kept alive with it.
  return { ...described, body: Buffer.from(body) };
}

function full(): SendoffError {
  const detail = 'Too many tosses wait in memory; this one was not taken';
  return new SendoffError('toss_full', detail, { retryAfterMs: RETRY_AFTER_MS });
}
