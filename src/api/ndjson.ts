// Jobs as NDJSON: one answer line for each input line, in order, each after its own commit. Lines
// are read only as fast as they are stored and as their answers are taken, so any number of them
// needs little memory. A line that is wrong costs the others nothing. If the sender stalls or
// breaks off, the lines that came whole are stored and answered, then the connection is cut.

import { keepBody } from '../engine/intake/keep-body.ts';
import { SendoffError } from '../errors.ts';
import type { Submission } from '../job/checked.ts';
import { parseJobDocument } from '../job/json.ts';
import { describedJob } from '../job/json-job.ts';
import { limits } from '../limits.ts';
import type { Receipt } from '../sendoff.ts';
import { drained } from './answer.ts';
import type { Api } from './context.ts';
import type { Exchange } from './exchange.ts';
import { type Line, splitLines } from './lines.ts';
import { reportFault } from './problem.ts';
import { bodyChunks } from './read-body.ts';

interface Pending {
  readonly bytes: number;
  readonly answer: Promise<string>;
}

export async function handOverLines(exchange: Exchange, api: Api): Promise<void> {
  const answers = new AnswerQueue(exchange);
  const chunks = bodyChunks(exchange, {
    limitBytes: Number.POSITIVE_INFINITY,
    clock: api.clock,
  });
  try {
    for await (const line of splitLines(chunks, limits.jsonLineBytes)) {
      await answers.room();
      answers.add({ bytes: line.bytes?.length ?? 0, answer: answerLine(line, exchange, api) });
    }
  } catch (error) {
    await answers.end();
    throw error;
  }
  await answers.end();
  answers.writeHead();
  exchange.response.end();
}

async function answerLine(line: Line, { from }: Exchange, api: Api): Promise<string> {
  const { number } = line;
  try {
    const { id, duplicate, notes } = await submitLine(line, from, api);
    const told = notes === undefined ? '' : `,"notes":${JSON.stringify(notes)}`;
    return `{"line":${number},"id":"${id}"${duplicate ? ',"duplicate":true' : ''}${told}}\n`;
  } catch (error) {
    if (error instanceof SendoffError) {
      return `${JSON.stringify({ line: number, code: error.code, detail: error.message })}\n`;
    }
    reportFault(error, api);
    return `{"line":${number},"code":"internal","detail":"Internal error"}\n`;
  }
}

async function submitLine({ bytes }: Line, from: string, api: Api): Promise<Receipt> {
  if (bytes === undefined) {
    const detail = `Expected a line of at most ${limits.jsonLineBytes} bytes`;
    throw new SendoffError('body_too_large', detail);
  }
  const { job, bytes: body } = describedJob(parseJobDocument(bytes), api);
  const submission: Submission = { job, body: await keepBody(api.engine, body) };
  return (await api.engine.submit([submission], from))[0] as Receipt;
}

/** Answers on their way out, in the order of their lines. */
class AnswerQueue {
  readonly #exchange: Exchange;
  readonly #pending: Pending[] = [];
  #bytes = 0;
  #writing: Promise<void> | undefined;
  #madeRoom = (): void => {};

  constructor(exchange: Exchange) {
    this.#exchange = exchange;
  }

  add(pending: Pending): void {
    this.#pending.push(pending);
    this.#bytes += pending.bytes;
    this.#writing ??= this.#write();
  }

  /** Resolves when another line may be taken in. */
  async room(): Promise<void> {
    while (
      this.#pending.length >= limits.linesUnanswered ||
      this.#bytes >= limits.lineBytesUnanswered
    ) {
      await new Promise<void>((resolve) => (this.#madeRoom = resolve));
    }
  }

  /** Resolves when every answer is written. */
  async end(): Promise<void> {
    await this.#writing;
  }

  writeHead(): void {
    const { response } = this.#exchange;
    if (response.headersSent) return;
    response.writeHead(200, {
      'Content-Type': 'application/x-ndjson',
      'Cache-Control': 'no-store',
      'X-Content-Type-Options': 'nosniff',
    });
  }

  async #write(): Promise<void> {
    const { response } = this.#exchange;
    for (let next = this.#pending[0]; next !== undefined; next = this.#pending[0]) {
      const text = await next.answer;
      this.#pending.shift();
      this.#bytes -= next.bytes;
      this.writeHead();
      this.#madeRoom();
      // Answers of one commit come together and leave together.
      if (response.writableCorked === 0) {
        response.cork();
        setImmediate(() => response.uncork());
      }
      if (!response.destroyed && !response.write(text)) await drained(response);
    }
    this.#writing = undefined;
  }
}
