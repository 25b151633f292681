// What every part of the HTTP face is given.

import type { Clock } from '../clock.ts';
import type { Engine } from '../engine/engine.ts';
import type { CommandRules } from '../job/command-rules.ts';
import type { Target } from '../job/job.ts';
import type { Routes } from '../job/publishable-route.ts';
import type { Tosser } from '../toss/tosser.ts';
import type { Token } from './token-lines.ts';

/** Where the face writes what operators should know. */
export type Log = (level: 'info' | 'warn' | 'error', message: string, detail?: object) => void;

export interface ApiOptions {
  readonly engine: Engine;
  readonly tosser: Pick<Tosser, 'take' | 'counts'>;
  readonly clock: Clock;
  /** Callers must show one of these; absent: none is asked for. */
  readonly tokens?: readonly Token[];
  /**
   * Further names under which callers may address us, beside loopback and the listening addresses.
   */
  readonly hostNames: readonly string[];
  /**
   * Whether a job may call this URL at all, as far as the URL itself tells.
   * @throws SendoffError `target_not_allowed`, `self_target`
   */
  readonly checkTarget: (url: string) => void;
  /** Largest request body of a job. */
  readonly requestBodyBytes: number;
  /** The publishable routes; asked at every request, so that a changed list counts at once. */
  readonly routes: () => Routes;
  /** Of this store alone; tickets are signed with it. */
  readonly secret: () => Uint8Array;
  /** What may be run. */
  readonly commands: CommandRules;
  readonly log: Log;
  readonly version: string;
}

/** The listener through which a request came. */
export interface Door {
  readonly kind: 'tcp' | 'socket';
  /** Only this machine can reach it. */
  readonly isLoopback: boolean;
  /** For strangers: nothing but publishable routes is served here. */
  readonly isPublic: boolean;
  /** Lower-case host names and addresses, without port, that stand for this listener. */
  readonly hosts: ReadonlySet<string>;
}

/** The options, and what is made of them once. */
export interface Api extends ApiOptions {
  /** `checkTarget` for a job that is otherwise checked. */
  readonly checkJobTarget: (target: Target) => void;
}
