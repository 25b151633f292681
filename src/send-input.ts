// What can be said of a request and of its delivery: fetch's arguments, and the options that every
// verb which hands something over takes.

/** Milliseconds, or text with a unit: `'800ms'`, `'2s'`, `'5m'`, `'1h'`, `'7d'`, `'2w'`. */
export type Duration = number | string;

/** How a retry is spaced. Full jitter unless `delays` gives a list. */
export interface RetryOptions {
  /** Tries after the first. @default 8 */
  readonly limit?: number;
  /** @default 'exponential' */
  readonly backoff?: 'exponential' | 'fixed';
  /** First delay. @default '2s' */
  readonly base?: Duration;
  /** Growth per retry (exponential). @default 4 */
  readonly factor?: number;
  /** Longest delay (exponential). @default '1h' */
  readonly cap?: Duration;
  /**
   * Exact delays, one per retry, without jitter; the last one repeats. Replaces backoff, base,
   * factor, cap.
   */
  readonly delays?: readonly Duration[];
}

/**
 * What can be said about the delivery of a job. The same names in JSON; `Sendoff-<Name>` as
 * headers.
 */
export interface DeliveryOptions {
  /**
   * The job's id: any lower-case hyphenated UUID. Handing over the same id and content again is
   * harmless.
   * @default a fresh UUIDv7
   */
  readonly id?: string;
  /**
   * Idempotency key: for 24 h the same key with the same content is the same job. Also sent to the
   * target.
   */
  readonly key?: string;
  /** The line that the job waits in. @default the URL's origin */
  readonly queue?: string;
  /** 0 (soonest) to 3. @default 2 */
  readonly priority?: number;
  /** Not before this much time has passed. */
  readonly delay?: Duration;
  /** Not before this instant: ISO 8601 with a zone, a Date, or milliseconds since 1970. */
  readonly at?: string | number | Date;
  /** Fail as `expired` if the first try has not begun by then. */
  readonly startBy?: string | number | Date;
  /** One attempt, from its start to the last byte. @default '15m' */
  readonly timeout?: Duration;
  /** From the first `runAt` until the job is given up. @default '7d' */
  readonly deadline?: Duration;
  /** Short for `retry: { limit }`. @default 8 */
  readonly retries?: number;
  readonly retry?: RetryOptions;
  readonly tags?: readonly string[];
}

/** fetch's init, and how to deliver. */
export interface SendInit extends DeliveryOptions {
  /** @default GET without a body, POST with one */
  readonly method?: string;
  readonly headers?: RequestInit['headers'];
  readonly body?: RequestInit['body'];
  /** Body as JSON; sets `content-type` unless given. */
  readonly json?: unknown;
  /** Body as a form: urlencoded, or multipart when a value is a Blob or File. */
  readonly form?:
    | Readonly<Record<string, string | number | boolean | Blob>>
    | FormData
    | URLSearchParams;
  /** Added to the URL's query. */
  readonly query?: Readonly<Record<string, string | number | boolean>>;
  /** Stops the hand-over or the waiting, never the job. */
  readonly signal?: AbortSignal;
}

/** A job in a list of jobs. */
export interface SendInput extends Omit<SendInit, 'signal'> {
  readonly url: string | URL;
}
