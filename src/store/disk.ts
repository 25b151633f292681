// What a store says of its disk, and what it can do to live with little of it.

export interface StoreSizes {
  /** Everything but the log of what was written last, which is bounded by itself. */
  readonly bytes: number;
  /** What of that is empty, and used again before anything grows. */
  readonly reusableBytes: number;
  readonly walBytes: number;
  readonly freeDiskBytes: number;
  /** The whole disk. */
  readonly diskBytes: number;
}

export interface DiskStore {
  sizes(): Promise<StoreSizes>;
  /**
   * Removes jobs that were settled until then, whatever is left of their retention, those that came
   * first first, and at most `limit`; the number removed.
   */
  pruneEarly(settledUntil: number, limit: number): Promise<number>;
  /**
   * Keeps `limits.ballastBytes` of the disk in reserve, or gives them back, so that what has
   * happened can be written down on a disk that is full for others.
   */
  reserve(isKept: boolean): Promise<void>;
}
