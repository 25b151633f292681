// What a store says of itself.

/** How much the store has to do. */
export interface Load {
  /** New jobs that no commit has taken yet. */
  readonly jobs: number;
  /** As many as one commit takes. */
  readonly jobsPerCommit: number;
  /** How long commits take lately. */
  readonly commitMs: number;
}
