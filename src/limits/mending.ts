// Limits of looking at what went wrong and mending it.

export const mendingLimits = {
  /** Rows that one look of an operation on many jobs reads: a few milliseconds. */
  bulkLookRows: 1_000,
  /** Jobs with which one commit of such an operation does something: about 10 ms of the writer. */
  bulkStepJobs: 200,
  /** Counting the jobs that a filter means stops after this. */
  bulkCountMs: 5_000, // 5 s
  /** A request for an operation: a filter with as many ids, and edits. */
  bulkRequestBytes: 131_072, // 128 KiB
  /** Ids in one filter. */
  bulkIds: 1_000,
  /** Operations on many jobs under way at once; each takes its turn. */
  bulksRunning: 20,
  /** Operations in one answer. */
  bulks: 100,
  /** An operation that has ended is remembered as long as a failed job is by default. */
  keepBulkMs: 2_592_000_000, // 30 days
  /** Rest after each step of an operation, as a multiple of what its commit took; under load. */
  bulkRest: 1,
  bulkRestBusy: 5,
  /** Groups of failed jobs in one answer. */
  causes: 1_000,
} as const;
