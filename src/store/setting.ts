// What a store keeps of queues and limits beside their jobs.

/** Of an ordered queue. */
export interface LinedUp {
  /** The first job that has been tried and has not settled, due or not. */
  readonly begun: number | null;
  /** false: jobs that were stored before the queue was ordered are not all lined up yet. */
  readonly isWhole: boolean;
}

export type SettingKind = 'queue' | 'limit';

/** What has been said of a queue or a limit. */
export interface SettingRow {
  readonly kind: SettingKind;
  readonly name: string;
  /** JSON text; null: nothing any more. */
  readonly spec: string | null;
  /** When the turns that its pace has given are used up, milliseconds since 1970. */
  readonly paidUntil?: number | undefined;
}

/** Whose place in its queue is asked for. */
export interface Ahead {
  readonly seq: number;
  readonly now: number;
  readonly limit: number;
}

/** What a store knows of queues beside their jobs. */
export interface QueueStore {
  /**
   * Brings jobs of ordered queues that were stored before into their order, some at a time, and
   * says which of each has begun.
   */
  lineUp(queues: readonly string[]): Promise<readonly LinedUp[]>;
  /** How many jobs of each queue wait on disk; asked once, after the rescue. */
  waiting(): Promise<readonly (readonly [queue: string, jobs: number])[]>;
  /** Due jobs that come before this one in its queue, best first, at most `limit`. */
  ahead(of: Ahead): Promise<readonly number[]>;
  /** Names of queues after `after`, by code point, at most `limit`. */
  queueNames(page: { readonly after: string; readonly limit: number }): Promise<readonly string[]>;
  hasQueue(name: string): Promise<boolean>;
  saveSettings(rows: readonly SettingRow[]): Promise<void>;
  /** All settings, in pages by (kind, name). */
  settings(after?: {
    readonly kind: SettingKind;
    readonly name: string;
  }): Promise<readonly SettingRow[]>;
}
