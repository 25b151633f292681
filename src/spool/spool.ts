// The spool: a folder in which callers leave jobs while nobody listens. Each file is one job as
// `POST /v1/jobs` takes it. Once a second the owner of the store takes what is there, in the order
// of the names, and removes each file after its job's commit. The job's id makes a repeat harmless:
// a caller who got no answer may leave the file although the job is stored already. What a file
// brings survives restarts of the server; whether it survives a power cut is up to its writer.

import type { Clock, Stop } from '../clock.ts';
import { limits } from '../limits.ts';
import { drain } from './drain.ts';
import { isThere, makeFolder, type NewFolder, refuseUnsafe } from './folder.ts';
import { removeLitter } from './litter.ts';
import { createRefusals } from './refusals.ts';
import type { SpoolParts } from './spool-parts.ts';

export interface SpoolOptions extends SpoolParts {
  /** How the folder is made where it is missing; absent: it is used only if somebody makes it. */
  readonly make?: NewFolder;
}

export interface Spool {
  /** Resolves when nothing more is taken; what is left is for the next owner. */
  close(): Promise<void>;
}

/** Begins at once with what waits already. */
export async function openSpool(options: SpoolOptions): Promise<Spool> {
  const { path, make, log, clock } = options;
  let trouble = '';
  const say = (error: unknown): void => {
    // Once, and again when it is something else.
    const reason = (error as Error).message;
    if (reason !== trouble) log('error', 'The spool is not read', { path, reason });
    trouble = reason;
  };
  if (make !== undefined) await makeFolder(path, make).catch(say);
  const tick = createTick(options);
  return repeat(clock, async (isClosing) => {
    try {
      await tick(isClosing);
      trouble = '';
    } catch (error) {
      say(error);
    }
  });
}

type Tick = (isClosing: () => boolean) => Promise<void>;

function createTick(parts: SpoolParts): Tick {
  const refusals = createRefusals(parts);
  const [stuck, paused] = [new Set<string>(), new Map<string, number>()];
  let cleanAt = 0;
  return async (isClosing) => {
    if (!(await isThere(parts.path))) return;
    await refuseUnsafe(parts.path);
    await drain(parts, { isClosing, refusals, stuck, paused });
    const now = parts.clock.now();
    if (now < cleanAt) return;
    cleanAt = now + limits.spoolCleanMs;
    await removeLitter(parts.path, now);
  };
}

/** Again a second after the last time has ended. */
function repeat(clock: Clock, tick: Tick): Spool {
  let isClosing = false;
  let stop: Stop = () => {};
  let underWay: Promise<void>;
  const turn = (): void => {
    underWay = tick(() => isClosing).then(() => {
      if (!isClosing) stop = clock.after(limits.sleepMs, turn);
    });
  };
  turn();
  return {
    close() {
      isClosing = true;
      stop();
      return underWay;
    },
  };
}
