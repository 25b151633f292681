// Takes every job that waits in the folder: reads, checks, stores, then removes the file. Jobs of
// one batch share commits, and a batch has bounded bytes; a file that is wrong costs the others
// nothing. When the store has no room for now, the rest stays for the next second.

import { lstat, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import { OWN } from '../engine/intake/admit.ts';
import { keepBody } from '../engine/intake/keep-body.ts';
import { SendoffError } from '../errors.ts';
import { parseJobDocument } from '../job/json.ts';
import { describedJob } from '../job/json-job.ts';
import { limits } from '../limits.ts';
import { jobNames } from './folder.ts';
import { type Read, readFile } from './read-file.ts';
import type { Refusals } from './refusals.ts';
import type { SpoolParts } from './spool-parts.ts';

export interface DrainState {
  readonly isClosing: () => boolean;
  readonly refusals: Refusals;
  /** Their jobs are stored. */
  readonly stuck: Set<string>;
  /** Files that met a fault of our own, and when they are tried again. */
  readonly paused: Map<string, number>;
}

/** What became of one file. */
type Outcome = 'stored' | 'duplicate' | 'refused' | 'later' | 'no-room';

export async function drain(parts: SpoolParts, state: DrainState): Promise<void> {
  const counts = { stored: 0, duplicate: 0, refused: 0, later: 0, 'no-room': 0 };
  const waiting = await jobNames(parts.path);
  for (let at = 0; at < waiting.length && !state.isClosing() && counts['no-room'] === 0; ) {
    const names = waiting.slice(at, at + limits.spoolBatchFiles);
    const files = await fitting(parts.path, names);
    at += files.length;
    const now = parts.clock.now();
    const isPaused = (name: string): boolean => now < (state.paused.get(name) ?? now);
    const taken = files.filter(({ name }) => !state.stuck.has(name) && !isPaused(name));
    // Read side by side, handed over in the order of their names.
    const read = await Promise.all(taken.map((file) => readWaiting(parts, file)));
    const outcomes = await Promise.all(read.map((file) => take(parts, state, file)));
    for (const outcome of outcomes) counts[outcome]++;
  }
  const { stored, duplicate, refused } = counts;
  if (stored + duplicate + refused === 0) return;
  parts.log('info', 'Took jobs from the spool', { stored, duplicates: duplicate, refused });
}

interface Waiting {
  readonly name: string;
  /** Undefined: it is gone. */
  readonly bytes: number | undefined;
}

/** As many of the files as may be in memory at once, and one at least. */
async function fitting(path: string, names: readonly string[]): Promise<Waiting[]> {
  const files = await Promise.all(
    names.map(async (name): Promise<Waiting> => {
      const file = await lstat(join(path, name)).catch(() => undefined);
      return { name, bytes: file?.size };
    }),
  );
  let bytes = 0;
  const end = files.findIndex((file) => {
    bytes += file.bytes ?? 0;
    return bytes > limits.spoolBatchBytes;
  });
  return end === -1 ? files : files.slice(0, Math.max(1, end));
}

async function readWaiting(
  { path, requestBodyBytes }: SpoolParts,
  { name, bytes }: Waiting,
): Promise<{ readonly name: string; readonly read: Read }> {
  if (bytes === undefined) return { name, read: { kind: 'later' } };
  const mostBytes = Math.ceil((requestBodyBytes * 4) / 3) + limits.jsonOverheadBytes;
  return { name, read: await readFile(join(path, name), { bytes, mostBytes }) };
}

async function take(
  parts: SpoolParts,
  state: DrainState,
  { name, read }: { readonly name: string; readonly read: Read },
): Promise<Outcome> {
  if (read.kind === 'later') return 'later';
  const refuse = async (code: string, detail: string): Promise<Outcome> =>
    (await state.refusals.add(name, { code, detail })) ? 'refused' : 'later';
  if (read.kind === 'refused') return refuse(read.refusal.code, read.refusal.detail);
  let isDuplicate: boolean;
  try {
    isDuplicate = await store(parts, name, read.bytes);
  } catch (error) {
    if (!(error instanceof SendoffError)) {
      parts.log('error', 'A job in the spool waits: a fault of our own', { name, err: error });
      state.paused.set(name, parts.clock.now() + limits.spoolAgainMs);
      return 'later';
    }
    if (forLater.has(error.code)) return 'no-room';
    const isYoung = Math.abs(parts.clock.now() - read.modifiedAt) < limits.spoolUnfinishedMs;
    if (error.code === 'invalid_json' && isYoung) return 'later';
    return refuse(error.code, error.message);
  }
  state.paused.delete(name);
  await remove(parts, state, name);
  return isDuplicate ? 'duplicate' : 'stored';
}

/** The store's own trouble: the job may be as good as any. */
const forLater: ReadonlySet<string> = new Set([
  ...['busy', 'stopping', 'closed', 'storage_full', 'idempotency_in_progress'],
  ...['store_readonly', 'store_locked', 'store_unavailable', 'owner_unresponsive'],
]);

const EXTENSION = '.json';

/** True if the job was there already. A job that brings no id has that of its file's name. */
async function store(parts: SpoolParts, name: string, source: Buffer): Promise<boolean> {
  const document = parseJobDocument(source);
  const id = document.fields.id ?? name.slice(0, -EXTENSION.length);
  const fields = { ...document.fields, id };
  const { job, bytes } = describedJob({ ...document, fields }, parts);
  const body = await keepBody(parts.engine, bytes);
  const [receipt] = await parts.engine.submit([{ job, body }], OWN);
  return receipt?.duplicate ?? false;
}

/** The job is stored. A file that stays would be taken again, even when the job is forgotten. */
async function remove(parts: SpoolParts, state: DrainState, name: string): Promise<void> {
  const file = join(parts.path, name);
  try {
    await unlink(file);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return;
    state.stuck.add(name);
    parts.log('error', 'A job was stored and its file in the spool cannot be removed', {
      file,
      err: error,
    });
  }
}
