// Many jobs from NDJSON: one line in, one line out after its commit. On a terminal a bar shows the
// way in place of a million ids; Ctrl-C stops handing over, and what is stored by then is
// delivered.

import { createReadStream, type ReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { readLines } from '../client/lines.ts';
import type { BulkLine } from '../sendoff.ts';
import { type ServerFlags, withClient } from './connect.ts';
import { exitCodes } from './exit-code.ts';
import { interruptible } from './interrupt.ts';
import { type Format, print, say, sayNotes } from './output.ts';
import { plainLine } from './plain-text.ts';
import { openProgress } from './progress.ts';

/** Refusals that are shown after the bar; `-o jsonl` gives all of them. */
const REFUSALS_SHOWN = 20;

export async function sendJobs(
  path: string,
  flags: ServerFlags & { readonly output: Format },
): Promise<number> {
  const { stream, bytes } = await openSource(path);
  const report = new Report(flags.output);
  const progress = await openProgress(report.isQuiet ? bytes : undefined);
  try {
    await withClient(flags, (client) =>
      interruptible(async (signal) => {
        const lines = readLines(progress.counting(stream));
        for await (const line of client.sendLines(lines, { signal })) {
          await report.add(line);
          progress.show(report.tally());
        }
      }),
    );
  } finally {
    progress.end(report.tally());
    stream.destroy();
    report.end();
  }
  return report.refused === 0 ? exitCodes.done : exitCodes.failure;
}

async function openSource(
  path: string,
): Promise<{ readonly stream: NodeJS.ReadStream | ReadStream; readonly bytes?: number }> {
  if (path === '-') return { stream: process.stdin };
  const found = await stat(path);
  const stream = createReadStream(path);
  return found.isFile() ? { stream, bytes: found.size } : { stream };
}

/** What became of the lines, in the format asked for. */
class Report {
  refused = 0;
  /** Only the tally and some refusals are shown. */
  readonly isQuiet: boolean;
  readonly #format: Format;
  readonly #refusals: string[] = [];
  #accepted = 0;

  constructor(format: Format) {
    this.#format = format;
    this.isQuiet = format === 'table' && process.stdout.isTTY === true;
  }

  async add(line: BulkLine): Promise<void> {
    if ('id' in line) this.#accepted++;
    else this.refused++;
    if (this.#format === 'json' || this.#format === 'jsonl')
      await print(`${JSON.stringify(line)}\n`);
    else if ('code' in line) this.#refuse(line);
    else if (!this.isQuiet) {
      sayNotes(line);
      await print(`${line.id}\n`);
    }
  }

  tally(): string {
    return `${this.#accepted} handed over, ${this.refused} refused`;
  }

  end(): void {
    for (const text of this.#refusals) say(text);
    if (this.refused > REFUSALS_SHOWN && this.isQuiet) say('… -o jsonl gives every line.');
    if (!(this.isQuiet && process.stderr.isTTY)) say(this.tally());
  }

  #refuse({ line, code, detail }: Extract<BulkLine, { code: string }>): void {
    const text = `line ${line}: ${plainLine(detail)} (${plainLine(code)})`;
    if (!this.isQuiet) say(text);
    else if (this.#refusals.length < REFUSALS_SHOWN) this.#refusals.push(text);
  }
}
