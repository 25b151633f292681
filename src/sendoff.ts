// The verbs of sendoff, the same in each home: in this process (`open('sendoff.db')`), or over HTTP
// and a Unix socket (`open('http://…')`, `open('unix:/…')`). Doors outside TypeScript offer the
// same words.

import type { Budgeting } from './budget.ts';
import type { Command, OutputPiece, RunOptions } from './command.ts';
import type {
  AllOptions,
  DirectResult,
  DirectResults,
  GroupKey,
  GroupRequests,
  GroupResult,
  GroupResults,
  GroupRun,
} from './group.ts';
import type { JobEvent } from './job/event.ts';
import type { FailReason, JobClock, Result, State, WaitReason } from './job/job.ts';
import type { Mending, ResendEdits } from './mending.ts';
import type { Duration, SendInit, SendInput } from './send-input.ts';

export type { Command, OutputPiece, RunOptions, UnnamedCommand } from './command.ts';
export type { EventType, JobEvent } from './job/event.ts';
export type {
  AttemptErrorName,
  BackoffOptions,
  DeliveryOptions,
  Duration,
  RetryOptions,
  RetryRuleOptions,
  SendInit,
  SendInput,
} from './send-input.ts';

/** A request to toss: what `send` takes, as far as it is at hand and fits into memory. */
export interface TossInit extends Pick<SendInit, 'method' | 'headers' | 'json' | 'query'> {
  /** At most 64 KiB, as everything that is tossed. */
  readonly body?: string | ArrayBuffer | NodeJS.ArrayBufferView | URLSearchParams | null;
  /** Body as an urlencoded form. */
  readonly form?: Readonly<Record<string, string | number | boolean>> | URLSearchParams;
  /** From being given a connection to the last byte of the answer. @default '60s' */
  readonly timeout?: Duration;
}

/** Tosses of this home since it was opened. Taken ones are in one of the last four. */
export interface Tossed {
  /** Their request was written. */
  readonly sent: number;
  /** In memory: not yet sent, or sent and not yet answered. */
  readonly waiting: number;
  /** An answer came, whatever its status. */
  readonly answered: number;
  /** No connection, a broken one, or no answer in time. */
  readonly failed: number;
  /** Refused because memory was full, or not ended when this home was closed. */
  readonly dropped: number;
}

/** The job is on disk and synced. */
export interface Receipt {
  readonly id: string;
  readonly state: State;
  readonly queue: string;
  /** ISO 8601, UTC. */
  readonly runAt: string;
  /** Nothing new was stored: this id or key was there with the same content. */
  readonly duplicate: boolean;
  /** What it said of its queue or limit that had stood differently, one sentence each. */
  readonly notes?: readonly string[];
}

/** A receipt with the verbs that follow it. */
export interface Sent extends Receipt {
  /**
   * Resolves when the job is settled.
   *
   * @throws SendoffError `aborted` (by `signal`), `not_found` (pruned meanwhile), `unreachable`
   *   (the connection is lost for good), `closed`
   */
  done(options?: { readonly signal?: AbortSignal }): Promise<JobView>;
  cancel(): Promise<CancelResult>;
}

/** A job as every door shows it. Instants are ISO 8601, UTC. */
export interface JobView {
  readonly id: string;
  readonly state: State;
  /** Why it failed. */
  readonly reason?: FailReason;
  /** Which of its clocks ended it: the option of this name. */
  readonly clock?: JobClock;
  /** Why it waits. */
  readonly waiting?: WaitReason;
  readonly queue: string;
  readonly target: TargetView;
  readonly tags: readonly string[];
  readonly createdAt: string;
  readonly runAt: string;
  readonly settledAt?: string;
  readonly attempts: number;
  /** Id of the job of which this is a resend. */
  readonly resentFrom?: string;
  readonly response?: ResponseView;
}

/** What a job calls. */
export type TargetView =
  | {
      readonly kind: 'http';
      readonly method: string;
      readonly url: string;
      readonly headers: readonly (readonly [string, string])[];
      readonly bodyBytes: number;
    }
  | {
      readonly kind: 'command';
      /** As the operator named it; absent: `program` is the caller's own. */
      readonly name?: string;
      readonly program?: string;
      readonly args: readonly string[];
      /** Names of variables that the caller set; their values are not shown. */
      readonly env: Readonly<Record<string, string>>;
      readonly folder?: string;
      readonly inputBytes: number;
    };

/** What came back. Of a command the body is its standard output. */
export interface ResponseView {
  /** Of a command: 200 if its exit code is 0, else 500. */
  readonly status: number;
  readonly headers: readonly (readonly [string, string])[];
  readonly bodyBytes: number;
  readonly truncated: boolean;
  readonly incomplete: boolean;
  /** Of a command that ended by itself. */
  readonly exitCode?: number;
  /** What ended a command, such as `SIGKILL`. */
  readonly signal?: string;
  /** The last 16 KiB of a command's standard error. */
  readonly stderr?: string;
}

export interface AttemptView {
  readonly number: number;
  readonly startedAt: string;
  readonly endedAt?: string;
  readonly result: Result | 'running';
  readonly status?: number;
  readonly error?: string;
  readonly detail?: string;
}

/**
 * `removed`: never tried again. `aborted`: its live connection was closed. `too-late`: its result
 * was being written.
 */
export interface CancelResult {
  readonly id: string;
  readonly cancelled: 'removed' | 'aborted' | 'too-late';
}

export interface ListOptions {
  readonly state?: State;
  readonly queue?: string;
  readonly tag?: string;
  /** Part of the target's URL; a command's is `command:<name>`. */
  readonly url?: string;
  /** Id of the cause of which they failed. */
  readonly cause?: string;
  /** Rows of one page, 1 to 200. @default 50 */
  readonly limit?: number;
  /** `next` of an earlier page. */
  readonly cursor?: string;
}

export interface JobPage {
  readonly jobs: readonly JobView[];
  readonly next?: string;
  /** The search looked at the newest 100,000 jobs or for one second and stopped there. */
  readonly partial?: boolean;
}

export interface BulkOptions {
  /** Called after each commit of this hand-over. */
  readonly onProgress?: (progress: { readonly accepted: number; readonly refused: number }) => void;
  readonly signal?: AbortSignal;
}

/** What became of one item of `sendMany`, in the order of the items. */
export type BulkLine =
  | {
      readonly line: number;
      readonly id: string;
      readonly duplicate?: boolean;
      /** As in a receipt. */
      readonly notes?: readonly string[];
    }
  | { readonly line: number; readonly code: string; readonly detail: string };

/**
 * Hands requests over and gives answers back.
 *
 * @throws SendoffError from every verb; `code` says why.
 */
export interface Sendoff extends AsyncDisposable, Mending, Budgeting {
  /**
   * Takes a request off your hands: resolves when it is on disk and synced. Arguments are fetch's.
   */
  send(input: string | URL | Request, init?: SendInit): Promise<Sent>;
  /**
   * Fire and forget: true when the request was taken into memory, false when memory is full. It is
   * tried once, soon, and its answer is not kept; a process that dies loses it. Bodies must be at
   * hand, at most 64 KiB.
   *
   * Over a server: true when it was put on the way there; what the server refuses is counted as
   * dropped, what it takes as answered.
   * @throws SendoffError for a request that is wrong, and `closed`
   */
  toss(input: string | URL | Request, init?: TossInit): boolean;
  tossed(): Tossed;
  /**
   * Hands over any number of jobs with backpressure; one result line per item, after its commit.
   */
  sendMany(
    items: Iterable<SendInput> | AsyncIterable<SendInput>,
    options?: BulkOptions,
  ): AsyncIterable<BulkLine>;
  /**
   * Sends and waits for the target's own answer. Aborting `signal` stops the waiting, not the job.
   * @throws SendoffError `no_response` when the job settles without an answer
   */
  fetch(input: string | URL | Request, init?: SendInit): Promise<globalThis.Response>;
  /**
   * Sends several requests at once, for the time of the slowest. Await it for all results, or
   * iterate it for each as it comes. Never rejects for what targets do: look at `ok` and `state`.
   * What is not done after `wait` is `pending` and goes on.
   *
   * @throws SendoffError `batch_too_large` (more than 1,000), `idempotency_mismatch`, `closed`, and
   *   what `send` throws for a request that is wrong (with `field`)
   */
  all<const Requests extends GroupRequests>(
    requests: Requests,
    options: AllOptions & { readonly durable: false },
  ): GroupRun<DirectResults<Requests>, DirectResult<GroupKey<Requests>>>;
  all<const Requests extends GroupRequests>(
    requests: Requests,
    options?: AllOptions,
  ): GroupRun<GroupResults<Requests>, GroupResult<GroupKey<Requests>>>;
  /**
   * Runs a command of the operator's as a job: input of any size, output kept and live, exit code
   * in `response` of the settled job. Exit code 0 is success; others are retried only if asked.
   *
   * @throws SendoffError `unknown_command`, `runner_disabled`, and as `send`
   */
  run(command: Command, options?: RunOptions): Promise<Sent>;
  /**
   * What a command writes, while it writes it, until its job settles; of a settled one what is
   * kept. Who comes late gets the last 64 KiB first.
   *
   * @throws SendoffError `not_found`, `bad_request` if the job runs no command
   */
  output(id: string, options?: { readonly signal?: AbortSignal }): AsyncIterable<OutputPiece>;
  get(id: string): Promise<JobView | undefined>;
  attempts(id: string): Promise<readonly AttemptView[]>;
  /** The target's answer: undefined while there is none. */
  response(id: string): Promise<globalThis.Response | undefined>;
  list(options?: ListOptions): Promise<JobPage>;
  cancel(id: string): Promise<CancelResult>;
  /** A waiting job now; a settled one again, with a fresh budget of tries. */
  retry(id: string): Promise<Receipt>;
  /**
   * Hands a job over again as another one, with the same body unless it is edited. The old one
   * stays as it is: settled, waiting or running.
   * @throws SendoffError `not_found`, and as `send`
   */
  resend(id: string, edits?: ResendEdits): Promise<Receipt>;
  /**
   * From now on, or after the event `since`; a `reset` event says that some were missed. Ends
   * quietly when `signal` aborts and when this home is closed.
   */
  events(options?: {
    readonly since?: string;
    readonly signal?: AbortSignal;
  }): AsyncIterable<JobEvent>;
  close(): Promise<void>;
}
