// Many jobs from NDJSON: one line in, one line out after its commit. A bar shows the way where a
// person looks on; Ctrl-C stops handing over, and what is stored by then is delivered.

import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { readLines } from '../client/lines.ts';
import type { BulkLine } from '../sendoff.ts';
import { type ServerFlags, withClient } from './connect.ts';
import { exitCodes } from './exit-code.ts';
import { interruptible } from './interrupt.ts';
import { type Format, print, say } from './output.ts';
import { plainLine } from './plain-text.ts';
import { openProgress } from './progress.ts';

interface Tally {
  accepted: number;
  refused: number;
}

export async function sendJobs(
  path: string,
  flags: ServerFlags & { readonly output: Format },
): Promise<number> {
  const source = await openSource(path);
  const tally: Tally = { accepted: 0, refused: 0 };
  const progress = await openProgress(source.bytes);
  try {
    await withClient(flags, (client) =>
      interruptible(async (signal) => {
        const lines = readLines(progress.counting(source.stream));
        for await (const line of client.sendLines(lines, { signal })) {
          if ('id' in line) tally.accepted++;
          else tally.refused++;
          progress.show(tallyText(tally));
          await printLine(line, flags.output);
        }
      }),
    );
  } finally {
    progress.end(tallyText(tally));
    source.stream.destroy();
  }
  if (!process.stderr.isTTY) say(tallyText(tally));
  return tally.refused === 0 ? exitCodes.done : exitCodes.failure;
}

async function openSource(
  path: string,
): Promise<{ stream: NodeJS.ReadStream | ReturnType<typeof createReadStream>; bytes?: number }> {
  if (path === '-') return { stream: process.stdin };
  const found = await stat(path);
  const stream = createReadStream(path);
  return found.isFile() ? { stream, bytes: found.size } : { stream };
}

function tallyText({ accepted, refused }: Tally): string {
  return `${accepted} handed over, ${refused} refused`;
}

/** For people and for `-o id` only ids are results; refusals are talk. Machines get every line. */
async function printLine(line: BulkLine, format: Format): Promise<void> {
  if (format === 'json' || format === 'jsonl') return print(`${JSON.stringify(line)}\n`);
  if ('id' in line) return print(`${line.id}\n`);
  say(`line ${line.line}: ${plainLine(line.detail)} (${plainLine(line.code)})`);
}
