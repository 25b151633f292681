// The number of a group that an operator names. Node has no call for it; the file has been there
// since the first Unix.

import { readFile } from 'node:fs/promises';
import { SendoffError } from './errors.ts';

/**
 * @param group its name or number
 * @throws SendoffError `listen_failed` when this machine has no such group
 */
export async function groupId(group: string): Promise<number> {
  if (/^[0-9]+$/.test(group)) return Number(group);
  const lines = (await readFile('/etc/group', 'utf8')).split('\n');
  const id = lines.map((line) => line.split(':')).find(([name]) => name === group)?.[2];
  if (id !== undefined) return Number(id);
  throw new SendoffError('listen_failed', `There is no group \`${group}\` on this machine`);
}
