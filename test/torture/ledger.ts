// What a process of a run knows, as lines in a file of its own. These files, and not the server's
// tables, are the truth that a run is judged by. They need no sync: only the server is killed.

import { openSync, readFileSync, writeSync } from 'node:fs';

/** Of the clients: before something is handed over, and what came back. */
export type ClientLine =
  | {
      readonly kind: 'attempted';
      readonly token: string;
      readonly at: number;
      readonly fingerprint: string;
      readonly delayMs: number;
      readonly fate: Fate;
    }
  | { readonly kind: 'acked'; readonly token: string; readonly id: string }
  | {
      readonly kind: 'refused';
      readonly token: string;
      readonly status: number;
      readonly code: string;
    };

/** How a job is meant to end: `reject` always gets a 404, `exhaust` a 503, with one retry. */
export type Fate = 'succeed' | 'reject' | 'exhaust';

/** Of the target: the head of a request has arrived; what became of it. */
export type TargetLine =
  | {
      readonly kind: 'arrived';
      readonly arrival: number;
      readonly at: number;
      readonly token: string;
      readonly key: string;
      readonly attempt: number;
    }
  | {
      readonly kind: 'handled';
      readonly arrival: number;
      readonly handling: Handling;
      /** Of a request that was read to its end. */
      readonly fingerprint?: string;
      /** Of the body that was given back. */
      readonly answerFingerprint?: string;
    };

/** `done`: carried out, answered with 200. `broken-off`: the sender left before its last byte. */
export type Handling = 'done' | 'not-found' | 'unavailable' | 'reset' | 'broken-off';

/** A function that adds one line. */
export function ledgerAt<Line>(path: string): (line: Line) => void {
  const file = openSync(path, 'a');
  return (line) => void writeSync(file, `${JSON.stringify(line)}\n`);
}

export function readLedger<Line>(path: string): Line[] {
  const lines = readFileSync(path, 'utf8').split('\n');
  return lines.filter((line) => line !== '').map((line) => JSON.parse(line) as Line);
}
