// The store itself. While a server has it, the server is asked; else it is opened for reading alone
// and every page is checked. The file is never opened by other means than SQLite: see the store's
// own notes.

import { stat } from 'node:fs/promises';
import { resolve } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { applicationId, schemaVersion } from '../store/sqlite/schema.ts';
import { socketBeside } from './connect.ts';
import type { Finding } from './doctor-machine.ts';
import { size } from './span.ts';

const what = 'store';

export async function storeFindings(store: string): Promise<Finding[]> {
  const path = resolve(store);
  const file = await stat(path).catch(() => undefined);
  if (file === undefined) {
    return [{ what, verdict: 'good', detail: `${path} is not there yet; a server will make it` }];
  }
  if (!file.isFile()) return [{ what, verdict: 'bad', detail: `${path} is no file` }];
  const others = file.mode & 0o007;
  const exposed: Finding = {
    ...{ what: 'store file', verdict: 'warning' },
    detail: `others may open ${path}`,
    advice: `It holds headers and bodies as they came: chmod 600 ${path}`,
  };
  const isOwned = await hasOwner(store);
  const inside = isOwned ? inUse(path, file.size) : examine(path, file.size);
  return others === 0 ? [inside] : [exposed, inside];
}

/** Somebody answers on the socket beside it. */
async function hasOwner(store: string): Promise<boolean> {
  const { openClient } = await import('../client.ts');
  await using client = openClient(`unix:${await socketBeside(store)}`);
  try {
    await client.list({ limit: 1 });
    return true;
  } catch {
    return false;
  }
}

function inUse(path: string, bytes: number): Finding {
  const detail = `${path}, ${size(bytes)}, in use by a server that answers`;
  return { what, verdict: 'good', detail };
}

function examine(path: string, bytes: number): Finding {
  let database: DatabaseSync | undefined;
  try {
    database = new DatabaseSync(path, { readOnly: true });
    const wrong = identity(database) ?? integrity(database);
    if (wrong !== undefined) return { what, verdict: 'bad', detail: `${path}: ${wrong}` };
    return { what, verdict: 'good', detail: `${path}, ${size(bytes)}, every page is in order` };
  } catch (error) {
    return { what, verdict: 'bad', detail: `${path}: ${(error as Error).message}` };
  } finally {
    database?.close();
  }
}

function identity(database: DatabaseSync): string | undefined {
  const id = pragma(database, 'application_id');
  if (id !== applicationId) return 'this is no sendoff store';
  const version = Number(pragma(database, 'user_version'));
  if (version <= schemaVersion) return undefined;
  return `its schema is version ${version}, this sendoff knows up to ${schemaVersion}`;
}

function integrity(database: DatabaseSync): string | undefined {
  const found = pragma(database, 'integrity_check');
  return found === 'ok' ? undefined : `it is damaged: ${found}`;
}

function pragma(database: DatabaseSync, name: string): unknown {
  return Object.values(database.prepare(`pragma ${name}`).get() ?? {})[0];
}
