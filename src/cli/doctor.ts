// `sendoff doctor`: looks at everything that a server needs and says what is wrong with it.

import { Command } from 'commander';
import { type Finish, outputOption } from './arguments.ts';
import { addServerFlags, DEFAULT_STORE, type ServerFlags } from './connect.ts';
import type { Finding } from './doctor-machine.ts';
import { exitCodes } from './exit-code.ts';
import { type Format, print, styled } from './output.ts';
import { plainLine } from './plain-text.ts';

interface Flags extends ServerFlags {
  readonly store?: string;
  readonly output: Format;
}

export function doctorCommand(finish: Finish): Command {
  const command = new Command('doctor')
    .description('Check this machine, the store and the server.')
    .option('--store <file>', 'the data (else SENDOFF_STORE, else ./sendoff.db)')
    .addOption(outputOption())
    .action((flags: Flags) => finish(examine(flags)));
  return addServerFlags(command);
}

async function examine(flags: Flags): Promise<number> {
  const store = flags.store ?? (process.env.SENDOFF_STORE || DEFAULT_STORE);
  const { machineFindings } = await import('./doctor-machine.ts');
  const { serverFindings } = await import('./doctor-server.ts');
  const { spoolFindings } = await import('./doctor-spool.ts');
  const { storeFindings } = await import('./doctor-store.ts');
  const findings = [
    ...(await machineFindings(store)),
    ...(await serverFindings(flags)),
    ...(await storeFindings(store)),
    ...(await spoolFindings(store)),
  ];
  await print(shown(findings, flags.output));
  const isHealthy = findings.every(({ verdict }) => verdict !== 'bad');
  return isHealthy ? exitCodes.done : exitCodes.failure;
}

const marks = { good: ['green', '✓'], warning: ['yellow', '!'], bad: ['red', '✗'] } as const;

function shown(findings: readonly Finding[], format: Format): string {
  if (format === 'json') return `${JSON.stringify(findings, null, 2)}\n`;
  if (format === 'jsonl') return findings.map((each) => `${JSON.stringify(each)}\n`).join('');
  const lines = findings.map(({ what, verdict, detail, advice }) => {
    const [colour, mark] = marks[verdict];
    const next = advice === undefined ? '' : `\n  ${plainLine(advice)}`;
    return `${styled(colour, mark)} ${what.padEnd(16)} ${plainLine(detail)}${next}\n`;
  });
  return lines.join('');
}
