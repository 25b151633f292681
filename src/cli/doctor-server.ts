// Whether the server that commands would speak to is there and lets us in.

import { lstat } from 'node:fs/promises';
import { type ServerFlags, serverUrl, withClient } from './connect.ts';
import type { Finding } from './doctor-machine.ts';

export async function serverFindings(flags: ServerFlags): Promise<Finding[]> {
  const url = await serverUrl(flags);
  const socketPath = url.startsWith('unix:') ? url.slice('unix:'.length) : undefined;
  const socket = socketPath === undefined ? [] : [await socketFinding(socketPath)];
  return [...socket, await reachable(url, flags)];
}

async function socketFinding(path: string): Promise<Finding> {
  const what = 'socket';
  try {
    const file = await lstat(path);
    const mode = (file.mode & 0o777).toString(8).padStart(3, '0');
    const detail = `${path}, permissions ${mode}, owner ${file.uid}, group ${file.gid}`;
    if (!file.isSocket()) return { what, verdict: 'bad', detail: `${path} is no socket` };
    const advice = 'Everybody on this machine may hand over jobs: see --socket-mode.';
    if ((file.mode & 0o002) !== 0) return { what, verdict: 'warning', detail, advice };
    return { what, verdict: 'good', detail };
  } catch (error) {
    return { what, verdict: 'bad', detail: (error as Error).message };
  }
}

async function reachable(url: string, flags: ServerFlags): Promise<Finding> {
  const what = 'server';
  try {
    await withClient(flags, (client) => client.list({ limit: 1 }));
    return { what, verdict: 'good', detail: `answers at ${url}` };
  } catch (error) {
    const advice = 'Start one with `sendoff serve`, or say where it is with SENDOFF_URL.';
    return { what, verdict: 'warning', detail: (error as Error).message, advice };
  }
}
