// One verb for several jobs: each gets its line, and the worst exit code is the command's.

import type { Client } from '../client.ts';
import { complaint } from './complaint.ts';
import { type ServerFlags, withClient } from './connect.ts';
import { exitCodeOf, exitCodes } from './exit-code.ts';
import { type Format, print } from './output.ts';

export interface EachOptions<Value> {
  readonly flags: ServerFlags & { readonly output: Format };
  readonly act: (client: Client, id: string) => Promise<Value>;
  /** What a person reads of one that went well. */
  readonly line: (id: string, value: Value) => string;
}

export async function forEachId<Value>(
  ids: readonly string[],
  { flags, act, line }: EachOptions<Value>,
): Promise<number> {
  let exitCode: number = exitCodes.done;
  await withClient(flags, async (client) => {
    for (const id of ids) {
      try {
        const value = await act(client, id);
        await print(`${shown(flags.output, id, { value, line })}\n`);
      } catch (error) {
        process.stderr.write(complaint(error));
        exitCode = Math.max(exitCode, exitCodeOf(error));
        // Without a server the others would only say the same.
        if (exitCodeOf(error) === exitCodes.unreachable) return;
      }
    }
  });
  return exitCode;
}

function shown<Value>(
  format: Format,
  id: string,
  { value, line }: { readonly value: Value; readonly line: EachOptions<Value>['line'] },
): string {
  if (format === 'id') return id;
  return format === 'table' ? line(id, value) : JSON.stringify(value);
}
