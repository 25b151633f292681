import type { Engine } from '../engine/engine.ts';
import type { Log } from '../engine/node.ts';
import type { JobDoor } from '../job/json-job.ts';

/** What taking jobs from a spool needs. */
export interface SpoolParts extends JobDoor {
  /** The folder. */
  readonly path: string;
  readonly engine: Engine;
  readonly log: Log;
}
