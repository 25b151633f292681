// One run from the first start to the verdict: targets, server and clients are processes of their
// own; the server is killed under load; then everybody becomes healthy and everything must settle.

import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { freePort } from '../support/free-port.ts';
import { startServer } from '../support/server-process.ts';
import { type Books, idOf, joinLedgers } from './books.ts';
import type { ClientOrder } from './client.ts';
import { startCompanion } from './companion.ts';
import { judge } from './judge.ts';
import { type ClientLine, readLedger, type TargetLine } from './ledger.ts';
import { lookAtAll } from './look.ts';
import { torment } from './nemesis.ts';
import type { RunOptions } from './options.ts';
import type { Run } from './report.ts';
import type { TargetOrder } from './target.ts';

const ORIGINS = 4;
const CLIENTS = 32;
const SETTLE_MS = 60_000;

export async function run(
  options: RunOptions,
  folder: string,
  tell: (line: string) => void,
): Promise<Run> {
  const startedAt = performance.now();
  const { seed } = options;
  const ledgers = { client: join(folder, 'client.jsonl'), target: join(folder, 'target.jsonl') };
  const store = join(folder, 'torture.db');
  const order: TargetOrder = { seed, ledger: ledgers.target, origins: ORIGINS };
  const target = startCompanion('target', order);
  const targetPorts = (await target.said) as number[];
  const serverOptions = { store, port: await freePort() };
  const first = await startServer(serverOptions);
  const client = startCompanion('client', {
    ...{ seed, targetPorts, server: first.url, ledger: ledgers.client },
    ...{ clients: CLIENTS, rate: options.rate, jobs: options.jobs },
  } satisfies ClientOrder);

  const { server, kills } = await torment(first, {
    ...options,
    server: serverOptions,
    onKill: (count) => tell(`kill ${count} of ${options.kills}`),
  });
  if (kills.all > 0) client.tell('stop');
  await client.ended;
  target.tell('be healthy');
  tell('everything is handed over; waiting for it to settle');
  const books = readBooks(ledgers);
  const ids = books.accounts.map(idOf).filter((id) => id !== undefined);
  const seen = await lookAtAll(server.url, ids, SETTLE_MS);
  target.tell('stop');
  await target.ended;
  const verdict = judge(readBooks(ledgers), seen);
  const { code: exitCode } = await server.end('SIGTERM');
  const seconds = (performance.now() - startedAt) / 1_000;
  return { seed, seconds, kills, verdict, integrity: integrityOf(store), exitCode };
}

function readBooks(ledgers: { readonly client: string; readonly target: string }): Books {
  return joinLedgers(
    readLedger<ClientLine>(ledgers.client),
    readLedger<TargetLine>(ledgers.target),
  );
}

function integrityOf(store: string): string {
  const database = new DatabaseSync(store, { readOnly: true });
  const row = database.prepare('pragma integrity_check').get();
  database.close();
  return String(row?.integrity_check);
}
