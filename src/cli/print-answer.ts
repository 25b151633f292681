// The answer of a settled job on stdout, in the format asked for; the exit code says what it was.

import type { Client } from '../client.ts';
import { exitCodes } from './exit-code.ts';
import { type Format, print, say } from './output.ts';
import { plainLine } from './plain-text.ts';
import { printBody } from './print-body.ts';

export async function printAnswer(
  client: Client,
  id: string,
  { output, raw = false }: { readonly output: Format; readonly raw?: boolean },
): Promise<number> {
  const job = await client.get(id);
  if (output === 'id') await print(`${id}\n`);
  else if (output !== 'table') {
    await print(`${JSON.stringify(job, null, output === 'json' ? 2 : undefined)}\n`);
  }
  const response = output === 'table' ? await client.response(id) : undefined;
  if (response !== undefined) await printBody(response, { isRaw: raw });
  const status = job?.response?.status;
  if (status === undefined) {
    const why = job?.reason ?? job?.state ?? 'gone';
    say(`sendoff: job ${id} ended without an answer (${plainLine(why)})`);
    say(`What was tried: sendoff get ${id} --attempts`);
    return exitCodes.answeredBadly;
  }
  if (status >= 200 && status <= 299) return exitCodes.done;
  say(`sendoff: the target answered ${status}`);
  return exitCodes.answeredBadly;
}
