// Limits of what is kept on disk, and of living with little room.

export const diskLimits = {
  /** Less free than this, or than this share of the disk: what is settled goes before its time. */
  diskLowBytes: 536_870_912, // 512 MiB
  diskLowShare: 0.05,
  /** Less free than this: new work is refused with `storage_full`. */
  diskFullBytes: 268_435_456, // 256 MiB
  /** Less free than this: no attempt begins, and only results are written. */
  diskOutcomesBytes: 67_108_864, // 64 MiB
  /** What must be free beyond a bound before it is left again. */
  diskSlackBytes: 134_217_728, // 128 MiB
  /** Kept in reserve beside the store: room for the results of all attempts at once. */
  ballastBytes: 67_108_864, // 64 MiB
  /** A process that lives shorter than this needs no reserve. */
  ballastAfterMs: 60_000, // 60 s
  /** Everything we keep on disk (option), but never more than this share of the disk. */
  storeBytes: 21_474_836_480, // 20 GiB
  storeShare: 0.8,
  /** Even without room, what has just settled stays this long: somebody may be about to read it. */
  keepLeastMs: 60_000, // 60 s
  /** Pruning commits in one second, so that removal never crowds out work. */
  prunesPerSecond: 20,
  /** Rows among which those are found that may go before their time. */
  pruneLookRows: 10_000,
} as const;
