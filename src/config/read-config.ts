// Finds and reads the configuration file: `sendoff.config.json`, or `sendoff.config.ts` (also .js,
// .mjs) whose default export it is. A file that everybody may write to or put in its place is
// refused, because what stands there may name programs to run.

import { existsSync, readFileSync, statSync } from 'node:fs';
import { extname, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { SendoffError } from '../errors.ts';
import { openToAll } from '../program-file.ts';
import { type Config, checkConfig } from './check-config.ts';
import { configError } from './config-error.ts';

/** Looked for in this order in the folder where the server is started. */
export const CONFIG_NAMES = ['sendoff.config.json', 'sendoff.config.ts'] as const;

/** The file that is meant: the one named, else the first of the usual names that is there. */
export function findConfig(named: string | undefined): string | undefined {
  if (named !== undefined) return resolve(named);
  return CONFIG_NAMES.map((name) => resolve(name)).find((path) => existsSync(path));
}

/**
 * Reads and checks the file, afresh at every call.
 *
 * @throws SendoffError `invalid_config` with the file and what is wrong in it
 */
export async function readConfig(path: string): Promise<Config> {
  const changedAt = refuseShared(path);
  const value = extname(path) === '.json' ? readJson(path) : await runModule(path, changedAt);
  try {
    return checkConfig(value);
  } catch (error) {
    if (!(error instanceof SendoffError)) throw error;
    throw configError(`${path}: ${error.message}`, error);
  }
}

/** When it was changed last, milliseconds since 1970. */
function refuseShared(path: string): number {
  const { changedAt, shared } = lookAt(path);
  if (shared === undefined) return changedAt;
  throw configError(`Everybody may write to ${shared}, and so change the configuration ${path}`);
}

function lookAt(path: string): { readonly changedAt: number; readonly shared: string | undefined } {
  try {
    return { changedAt: statSync(path).mtimeMs, shared: openToAll(path) };
  } catch (error) {
    throw configError(`Cannot read the configuration ${path}: ${messageOf(error)}`, error);
  }
}

function readJson(path: string): unknown {
  try {
    return JSON.parse(readFileSync(path, 'utf8'));
  } catch (error) {
    throw configError(`Cannot read the configuration ${path}: ${messageOf(error)}`, error);
  }
}

/** A module is kept by its URL; the time of its last change makes the URL of a changed file new. */
async function runModule(path: string, changedAt: number): Promise<unknown> {
  try {
    const url = pathToFileURL(path);
    url.search = `?${changedAt}`;
    const module = (await import(url.href)) as { readonly default?: unknown };
    return module.default;
  } catch (error) {
    throw configError(`Cannot run the configuration ${path}: ${messageOf(error)}`, error);
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
