// PHP for the tests that need a real one. Where it is missing they skip and name the package.

import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';

/** Why tests that need PHP with curl cannot run here; undefined: they can. */
export function whyNoPhp(): string | undefined {
  const found = spawnSync('php', ['-r', 'exit(function_exists("curl_init") ? 0 : 1);']);
  if (found.status === 0 || process.env.SENDOFF_TEST_ALL === '1') return undefined;
  return 'needs php-cli and php-curl';
}

export interface PhpResult {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a script (without `<?php`) to its end. */
export async function runPhp(
  script: string,
  args: readonly string[] = [],
  env: Readonly<Record<string, string>> = {},
): Promise<PhpResult> {
  const settings = ['-d', 'display_errors=stderr', '-d', 'error_reporting=-1'];
  const child = spawn('php', [...settings, '-r', script, '--', ...args], {
    env: { PATH: process.env.PATH, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const out: Buffer[] = [];
  const complaints: Buffer[] = [];
  child.stdout.on('data', (piece: Buffer) => out.push(piece));
  child.stderr.on('data', (piece: Buffer) => complaints.push(piece));
  const [code] = (await once(child, 'close')) as [number | null];
  const text = (pieces: Buffer[]): string => Buffer.concat(pieces).toString();
  return { code, stdout: text(out), stderr: text(complaints) };
}
