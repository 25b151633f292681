// Everything has a limit, and it stands here: value, unit, reason. Options change the ones marked
// "option". What belongs to one subject alone stands in `limits/`.

import { diskLimits } from './limits/disk.ts';
import { doorLimits } from './limits/doors.ts';
import { mendingLimits } from './limits/mending.ts';
import { targetLimits } from './limits/targets.ts';

const engineLimits = {
  /** Attempts under way at once (option; lower where few files may be open): sockets, buffers. */
  attemptsAtOnce: 1_000,
  /** Attempts under way at once for one origin (option). A target is not flooded by default. */
  attemptsPerOrigin: 100,
  /** Jobs held ready in memory; what is beyond waits on disk alone. */
  windowJobs: 20_000,
  /** Bytes of specs and inline bodies that the window may hold. */
  windowBytes: 67_108_864, // 64 MiB
  /** Jobs of one queue in the window, so that one long queue leaves room for the others. */
  windowJobsPerQueue: 2_000,
  /** Bytes of one queue's waiting jobs in the window, for the same reason. */
  windowBytesPerQueue: 16_777_216, // 16 MiB
  /** Jobs read from disk for one queue at a time: about a millisecond of the writer. */
  claimJobs: 256,
  /** Specs and inline bodies that one look at the disk brings, whatever the number of queues. */
  claimBytes: 4_194_304, // 4 MiB

  /** Bodies up to this size travel inside rows and memory; larger ones are streamed in chunks. */
  inlineBodyBytes: 65_536, // 64 KiB
  /** One stored chunk of a large body. */
  chunkBytes: 65_536, // 64 KiB
  /**
   * Chunk bytes that may ride in one commit, so that small jobs never wait long behind a large
   * body.
   */
  chunkBytesPerCommit: 131_072, // 128 KiB
  /** Chunks of one body that may wait for their commit before its sender is paused. */
  chunksUnwritten: 8,
  /** Bytes of large bodies that pass before what they leave behind is collected. */
  litterBytes: 8_388_608, // 8 MiB
  /** Request body (option, no upper bound). */
  requestBodyBytes: 104_857_600, // 100 MiB
  /**
   * Response body kept of one attempt (option, no upper bound); what is beyond is cut and flagged.
   */
  responseBodyBytes: 104_857_600, // 100 MiB

  /** Jobs in one JSON array, all or nothing. NDJSON has no such limit. */
  jobsPerArray: 1_000,
  /** Requests of one group: all of them are in one commit, and in one answer. */
  groupRequests: 1_000,
  /** A body in the answer about a group; a larger one is got from its job. */
  groupBodyBytes: 1_048_576, // 1 MiB
  /** All bodies in one answer about a group, which is put together in memory. */
  groupAnswerBytes: 16_777_216, // 16 MiB
  /**
   * A JSON document given as a job or an array of jobs: base64 of the largest body and its
   * options.
   */
  jsonDepth: 64,
  /** Keys of one JSON document that we parse ourselves; payloads are never parsed. */
  jsonKeys: 10_000,
  /** One line of NDJSON. */
  jsonLineBytes: 16_777_216, // 16 MiB

  /** Request line and headers of a request to us; Node's own limit is set to this. */
  requestHeaderBytes: 16_384, // 16 KiB
  /** Request target of a request to us, and the URL of a target. */
  urlBytes: 8_192, // 8 KiB
  /** Header lines, to us and to targets. */
  headerLines: 100,
  /** All headers of one target together. */
  targetHeaderBytes: 16_384, // 16 KiB
  /** Response headers of a target. */
  responseHeaderBytes: 32_768, // 32 KiB
  /** A caller must finish its headers within this. */
  headersMs: 10_000, // 10 s
  /** A body must bring `stalledBodyBytes` in each period of this length, or end. */
  stalledBodyMs: 30_000, // 30 s
  stalledBodyBytes: 32_768, // 32 KiB
  /** Requests over one connection to us before it is closed. */
  requestsPerSocket: 1_000_000,
  /** Connections to us; lower where the file limit is low. */
  connections: 10_000,

  /** One attempt from claim to last byte (option, no upper bound). */
  attemptMs: 900_000, // 15 min
  /** TCP and TLS together. */
  connectMs: 10_000, // 10 s
  /** A name must resolve within this. */
  dnsMs: 5_000, // 5 s
  /** Silence between two pieces of a response, after its first byte. */
  idleMs: 600_000, // 10 min
  /** From the first `runAt` to the end of the last try (option). */
  deadlineMs: 604_800_000, // 7 days
  /** Any timeout or deadline, however generous: keeps every instant a valid date. */
  durationMs: 3_155_760_000_000, // 100 years
  /** Longest delay of a job. */
  delayMs: 31_622_400_000, // 366 days
  /** Arguments that a caller gives to one command (option, per command). */
  commandArguments: 100,
  /** A caller's arguments and environment together: one argument of Linux may have no more. */
  commandArgumentBytes: 131_072, // 128 KiB
  /** The last of a command's standard error that is kept. */
  stderrBytes: 16_384, // 16 KiB
  /** The last of a command's output that who comes later gets first. */
  outputReplayBytes: 65_536, // 64 KiB
  /** Output that waits for one slow reader before pieces are left out. */
  outputWaitingBytes: 1_048_576, // 1 MiB
  /** Readers of live output at once. */
  outputStreams: 1_000,
  /** Between asking the processes of a command to end and killing them. */
  commandGraceMs: 2_000, // 2 s
  /** Processes that were killed are gone within this, or the log says so. */
  commandGoneMs: 10_000, // 10 s
  /** How often we look whether they are. */
  commandLookMs: 20,

  /** Tries after the first (option). */
  retries: 8,
  /** Largest number of retries that may be asked for. */
  retriesMost: 1_000,
  /** Delays in a list backoff. */
  backoffList: 100,
  /** A delay as a formula: its length, and how deep it may be nested. */
  expressionCharacters: 256,
  expressionDepth: 32,
  /** Rules of one retry policy, and statuses or errors that one of them lists. */
  retryRules: 20,
  retryRuleNames: 50,
  backoffBaseMs: 2_000, // 2 s
  backoffFactor: 4,
  backoffCapMs: 3_600_000, // 1 h
  /** A `Retry-After` beyond this is believed only up to here. */
  retryAfterMs: 86_400_000, // 1 day
  /** Deaths of the process under one job before it is tried alone. */
  deathsBeforeAlone: 3,
  /** A suspect is tried alone for at most this, then others join in. */
  aloneMs: 1_000, // 1 s

  /** Names of queues and limits of which something was said; each is held in memory. */
  settings: 1_000_000,
  /** Concurrency, and burst, that may be asked for. */
  budgetMost: 1_000_000,
  /** Shortest and longest period of a rate. */
  ratePeriodLeastMs: 1_000, // 1 s
  ratePeriodMostMs: 604_800_000, // 7 days
  /** Turns of a pace that are further apart than this are remembered across restarts. */
  pacePersistedMs: 1_000, // 1 s

  /** Tosses in memory (waiting for a connection or an answer) before the next one is refused. */
  tossWaiting: 10_000,
  /** Bytes of them, for the same. */
  tossBytes: 16_777_216, // 16 MiB
  /** The share of both that one origin may take: a target that hangs leaves room for others. */
  tossOriginShare: 0.8,
  /** One toss, from being given a connection (option): as long as most gateways wait. */
  tossMs: 60_000, // 60 s
  /** Nobody reads the answer to a toss: beyond this its connection is closed. */
  tossAnswerBytes: 1_048_576, // 1 MiB
  /** Connections over which a client tosses to its server. */
  clientTossConnections: 16,

  /** An open attempt, or a job ready in memory, older than this is written to `todo`. */
  unparkedMs: 5_000, // 5 s
  /** Longest sleep of the timer, so that a stepped clock cannot park it. */
  sleepMs: 1_000, // 1 s
  /** Attempts under way get this long when the process is asked to stop (option). */
  drainMs: 30_000, // 30 s
  /** A caller may wait this long for an answer in one call. */
  waitMs: 300_000, // 300 s
  /** Dedupe by key. */
  keyMs: 86_400_000, // 1 day

  /** Kept after settling (options). */
  keepResponseMs: 86_400_000, // 1 day
  keepJobMs: 604_800_000, // 7 days
  keepFailedMs: 2_592_000_000, // 30 days
  /** Rows pruned in one commit. */
  pruneRows: 500,

  /** Operations in one commit; more wait for the next. */
  operationsPerCommit: 2_000,
  /** Jobs waiting for a commit before we answer `busy` (option). */
  operationsWaiting: 50_000,
  /** A job that would wait longer for its commit than this is refused, unless the next takes it. */
  commitWaitMs: 250,
  /** How often it is looked at who asks for how much. */
  shareMs: 250,
  /** Nothing refused for so long: the overload is over. */
  overloadQuietMs: 2_000, // 2 s
  /** Spans of attempts under way. One whose end is never told is ended when there are more. */
  spans: 10_000,
  /** Results that wait for their commit before no further attempt begins: they are in memory. */
  settlementsWaiting: 1_000,
  /** Bytes of request bodies in memory, waiting for their commit, before we answer `busy`. */
  bytesWaiting: 67_108_864, // 64 MiB
  /** Young memory of a thread of the store, MiB: what it makes it drops at once. */
  storeThreadYoungMib: 8,
  /** WAL pages after which the writer checkpoints even when busy: 32 MiB of 4 KiB pages. */
  walPages: 8_192,
  /** Size that the WAL is given at the start: it is begun again after about as much when idle. */
  warmWalBytes: 5_242_880, // 5 MiB

  /** Events kept for a stream that comes back with `Last-Event-ID`. */
  events: 10_000,
  /** How long events are kept for a stream that has broken off. */
  eventsKeptMs: 300_000, // 5 min
  /** Events waiting for one slow listener before it gets a `reset`. */
  eventsWaiting: 1_000,
  /** Event streams at once. */
  eventStreams: 200,

  /** A stream that is silent for this long gets a comment, so that nobody in between hangs up. */
  eventHeartbeatMs: 15_000, // 15 s
  /** Wrong tokens from one address within a second before it is told to come back later. */
  tokenFailures: 10,
  /** Addresses with wrong tokens that are remembered. */
  tokenFailureAddresses: 10_000,
  /** Lines of one NDJSON hand-over, and their bytes, that may wait for their commit. */
  linesUnanswered: 1_000,
  lineBytesUnanswered: 16_777_216, // 16 MiB
  /** Options and punctuation of a JSON document beside the body that it carries. */
  jsonOverheadBytes: 65_536, // 64 KiB
  /** A connection that is kept open for another request is closed after this. */
  keepAliveMs: 65_000, // 65 s
  /** How soon slow heads and bodies are noticed. */
  connectionCheckMs: 2_000, // 2 s
  /** Series of one metric; the rest is counted as `other`. */
  metricSeries: 1_000,

  /** Rows of one list answer. */
  listRows: 200,
  /**
   * A list that no index serves scans this many of the newest jobs at most, for at most `scanMs`.
   */
  scanRows: 100_000,
  scanMs: 1_000, // 1 s

  /** Names: queue, key, tag. */
  nameBytes: 255,
  tags: 20,
} as const;

type Limits = typeof engineLimits &
  typeof diskLimits &
  typeof doorLimits &
  typeof mendingLimits &
  typeof targetLimits;

export const limits: Limits = {
  ...engineLimits,
  ...diskLimits,
  ...doorLimits,
  ...mendingLimits,
  ...targetLimits,
};
