// PHP's own web server: one process that serves one page after the other, and keeps connections
// from one to the next as PHP-FPM does.

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { call } from './call.ts';
import { freePort } from './free-port.ts';
import { client, type Settings } from './sendoff-php.ts';
import { until } from './until.ts';

export interface Pages {
  /** What a page printed; its `$result` as JSON. */
  page<Value>(script: string): Promise<Value>;
  close(): Promise<void>;
}

const living = new Set<ChildProcess>();
process.once('exit', () => {
  for (const child of living) child.kill('SIGKILL');
});

/** @param folder gets the script */
export async function startPages(folder: string, settings: Settings): Promise<Pages> {
  const router = join(folder, 'router.php');
  // The script comes as the body: nobody else can reach this server.
  const code = `<?php require '${client}'; $result = null; eval(file_get_contents('php://input'));
    echo json_encode($result);`;
  writeFileSync(router, code);
  const at = `127.0.0.1:${await freePort()}`;
  const flags = ['-d', 'error_reporting=-1', '-d', 'display_errors=1', '-d', 'html_errors=0'];
  const child = spawn('php', [...flags, '-S', at, router], {
    env: { PATH: process.env.PATH, ...settings },
    stdio: 'ignore',
  });
  living.add(child);
  const exited = once(child, 'exit');
  const page = async <Value>(script: string): Promise<Value> => {
    const { body } = await call(`http://${at}/`, { method: 'POST', body: script });
    try {
      return JSON.parse(body.toString()) as Value;
    } catch {
      throw new Error(`The page printed:\n${body.toString()}`);
    }
  };
  await until('PHP serves pages', () =>
    page<null>('').then(
      () => true,
      () => false,
    ),
  );
  return {
    page,
    async close() {
      child.kill();
      await exited;
      living.delete(child);
    },
  };
}
