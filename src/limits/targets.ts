// Limits of what is learned of targets, and of what is done about those that misbehave.

export const targetLimits = {
  /** Failures of one origin in a row that open its circuit. */
  circuitFailures: 10,
  /** Or half of this many newest results: a target that fails now and then is no dead one. */
  circuitResults: 20,
  /** From the opening of a circuit to its first probe. */
  circuitProbeMs: 5_000, // 5 s
  /** Longest time between two probes; they grow to it by doubling. */
  circuitProbeMostMs: 60_000, // 60 s
  /** A learned rate goes no lower, attempts each second: some of a queue must always move. */
  paceLeast: 0.5,
  /** Beyond this many each second a learned rate that grows again is forgotten. */
  paceMost: 10_000,
  /** First wait after a target refused too much; doubled while it refuses everything. */
  paceHoldMs: 1_000, // 1 s
  paceHoldMostMs: 60_000, // 60 s
  /** After this long without a refusal a learned rate doubles each second that it is used. */
  paceForgetMs: 300_000, // 5 min
  /** A target's word on when it takes more holds the whole origin up to here, its queue longer. */
  paceHintMs: 5_000, // 5 s
  /** A learned concurrency goes no lower. */
  crowdLeast: 10,
  /** Fewer attempts at once are never the reason why a target is slow. */
  crowdSuspect: 20,
  /** Between two tries to change it; of a lower one, doubled while that gets less done. */
  crowdTrialMs: 30_000, // 30 s
  crowdTrialMostMs: 3_600_000, // 1 h
  /** How long it is remembered how quickly a target answers when it is not crowded. */
  crowdMemoryMs: 600_000, // 10 min
  /** Our own network is suspected when most attempts fail to reach anybody for this long. */
  brakeMs: 10_000, // 10 s
  /** And of at least so many attempts, to so many origins. */
  brakeAttempts: 20,
  brakeOrigins: 3,
  /** So many origins, and nobody who answers: this long is enough. */
  brakeSilentOrigins: 5,
  brakeSilentMs: 3_000, // 3 s
  /** Between two attempts while it is suspected. */
  brakeProbeMs: 5_000, // 5 s
  /** A suspicion that comes back within this is believed later, by doubling up to `brakeMostMs`. */
  brakeAgainMs: 60_000, // 60 s
  brakeMostMs: 160_000, // 160 s
  /** What was learned of an origin that is not used is forgotten after this. */
  originKeptMs: 600_000, // 10 min
  /** Origins that are remembered though nothing of theirs waits or runs. */
  originsKept: 10_000,
  /** A queue that nothing begins of for this long is looked through for other jobs on disk. */
  stuckMs: 250,
  /** Rows of one such look, which are a few milliseconds of the reader; and between two looks. */
  pastRows: 1_000,
  pastMs: 100,
  /** What it finds at most. */
  pastJobs: 256,
  /** A walk through a queue that came to the end begins anew no sooner; after long ones later. */
  pastRestMs: 5_000, // 5 s
} as const;
