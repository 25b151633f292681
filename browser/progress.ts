// What is known of one thing that was sent, in the words of the server where it has spoken.

/**
 * `kept`: in this browser, not at the server yet. `refused`: the server will never take it; `error`
 * says why. All others are the server's.
 */
export type State =
  | 'kept'
  | 'refused'
  | 'pending'
  | 'running'
  | 'succeeded'
  | 'failed'
  | 'cancelled';

/** What the target answered, as far as the route shows it. */
export interface Answer {
  readonly status: number;
  readonly body?: string;
  /** In place of `body` when that is no UTF-8. */
  readonly bodyBase64?: string;
  /** This is not the whole body. */
  readonly truncated?: boolean;
}

/** Why the server refused it, or will not tell more of it. */
export interface Refusal {
  readonly status: number;
  /** The server's stable code, such as `schema_violation`. */
  readonly code: string;
  readonly detail: string;
}

/** One thing that was sent. */
export interface Progress {
  readonly id: string;
  readonly state: State;
  /** When it was sent, milliseconds since 1970 by this browser's clock. */
  readonly sentAt: number;
  /** Why it failed. */
  readonly reason?: string;
  readonly response?: Answer;
  readonly error?: Refusal;
}

/** Phase of an item that must still be handed over. */
export const SEND = 1;
/** Phase of an item that the server has, and whose outcome is not known. */
export const FOLLOW = 2;

/** A thing that was sent, as it is kept. */
export interface Item extends Progress {
  /** What remains to be done; absent: nothing. */
  readonly phase?: typeof SEND | typeof FOLLOW;
  /** Its place in line: milliseconds, moved on when others shall go first. */
  readonly turn: number;
  /** Gone when the server has it. */
  readonly body?: ArrayBuffer;
  readonly type?: string;
  /** Lets this browser look at the job. */
  readonly ticket?: string;
}

/** The same without what nobody but us needs. */
export function progressOf({ phase, turn, body, type, ticket, ...progress }: Item): Progress {
  return progress;
}
