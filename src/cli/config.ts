// The configuration of a server while it runs: read at the start, and again at SIGHUP. A file that
// has become wrong changes nothing; the server says so and goes on with the one before.

import type { Config } from '../config/check-config.ts';
import { findConfig, readConfig } from '../config/read-config.ts';
import { complaint } from './complaint.ts';
import { say } from './output.ts';

export interface LiveConfig {
  readonly current: () => Config;
  /** Reads the file again; never throws. */
  readonly reload: () => void;
}

/**
 * @param check throws for what a running server could not keep
 * @throws SendoffError `invalid_config`
 */
export async function openConfig(
  named: string | undefined,
  check: (config: Config) => void,
): Promise<LiveConfig> {
  const path = findConfig(named);
  if (path === undefined) return { current: () => ({}), reload: sayNoFile };
  let config = await readConfig(path);
  const reload = async (): Promise<void> => {
    try {
      const next = await readConfig(path);
      check(next);
      config = next;
      say(`Read the configuration ${path} again.`);
    } catch (error) {
      process.stderr.write(`${complaint(error)}The configuration before it stays.\n`);
    }
  };
  // One after the other, so that the file as it is last is what counts.
  let last = Promise.resolve();
  const reloadNext = (): void => {
    last = last.then(reload);
  };
  return { current: () => config, reload: reloadNext };
}

function sayNoFile(): void {
  say('There is no configuration file to read again.');
}
