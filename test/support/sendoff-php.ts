// Scripts that use the PHP client, as a page would.

import { fileURLToPath } from 'node:url';
import { type PhpResult, runPhp } from './php.ts';

/** Path of the client. */
export const client: string = fileURLToPath(
  new URL('../../clients/php/sendoff.php', import.meta.url),
);

export type Settings = Readonly<Record<string, string>>;

/** For what is not about time: a machine under load must not send it to the spool. */
export const patient: Settings = { SENDOFF_TIMEOUT: '20000' };

/** Runs a script with the client loaded; its standard error must stay empty. */
export async function runPage(
  script: string,
  args: readonly string[] = [],
  env: Settings = {},
): Promise<PhpResult> {
  const loaded = `$result = null; require ${quoted(client)}; ${script}`;
  const result = await runPhp(loaded, args, env);
  if (result.stderr !== '') throw new Error(`The script complained:\n${result.stderr}`);
  return result;
}

/** Runs a script that leaves a value in `$result`. */
export async function resultOf<Value>(
  script: string,
  args: readonly string[] = [],
  env: Settings = {},
): Promise<Value> {
  const { stdout } = await runPage(`${script} echo json_encode($result);`, args, env);
  return JSON.parse(stdout) as Value;
}

/** A piece of PHP that turns what is thrown into `[code, message, status]`. */
export function caught(call: string): string {
  const tell = '[$e->getCode(), $e->getMessage(), $e->status]';
  return `try { $result = ${call}; } catch (SendoffException $e) { $result = ${tell}; }`;
}

function quoted(text: string): string {
  return `'${text.replace(/[\\']/g, '\\$&')}'`;
}
