// The command line's door.

import { CommanderError } from 'commander';
import { bindWait } from './arguments.ts';
import { complaint } from './complaint.ts';
import { exitCodeOf, exitCodes } from './exit-code.ts';
import { leaveQuietlyWhenNobodyReads } from './output.ts';
import { createProgram } from './program.ts';

/** Runs one command and resolves with the exit code; never rejects. */
export async function main(argv: readonly string[]): Promise<number> {
  leaveQuietlyWhenNobodyReads();
  let exitCode: number = exitCodes.done;
  const program = createProgram(async (running) => {
    exitCode = await running;
  });
  try {
    await program.parseAsync(bindWait(argv), { from: 'user' });
    return exitCode;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : exitCodes.usage;
    process.stderr.write(complaint(error));
    return exitCodeOf(error);
  }
}
