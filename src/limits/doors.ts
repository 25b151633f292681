// Limits of clients, of publishable routes and of the spool.

export const doorLimits = {
  /** What somebody wants to be different about a queue or limit, as JSON. */
  budgetChangeBytes: 16_384, // 16 KiB
  /** A client repeats a call this often after its connection broke or a 503, by the same id. */
  clientRepeats: 3,
  /**
   * A client waits for a busy server this long before it repeats; longer is the caller's business.
   */
  clientBusyMs: 5_000, // 5 s
  /**
   * A client that waits (for a job, for events) gives a restarting server this long to come back.
   */
  clientLostMs: 60_000, // 60 s
  /** One long poll of a client; a wait is as many of them as it takes. */
  clientPollMs: 60_000, // 60 s
  /** A plain call that brings no answer for this long is given up. */
  clientAnswerMs: 60_000, // 60 s
  /** Connections of one client for plain calls; waits and streams have their own. */
  clientConnections: 128,
  /** An item of `sendMany` with a larger body travels by itself. */
  clientLineBytes: 1_048_576, // 1 MiB
  /** Items of `sendMany` under way without an answer. */
  clientLinesUnanswered: 10_000,
  clientBytesUnanswered: 16_777_216, // 16 MiB

  /** Body that a page may send through a publishable route (option). */
  routeBodyBytes: 16_384, // 16 KiB
  /** Largest body that a route may be opened for: it is read into memory. */
  routeBodyBytesMost: 16_777_216, // 16 MiB
  /** Requests of one address to one publishable route per minute, and at once (option). */
  routeRatePerMinute: 60,
  /** Largest rate that may be asked for; the pace is kept in whole microseconds. */
  routeRateMost: 1_000_000,
  /** Looks at jobs through one route, per address and minute. */
  routeLooksPerMinute: 600,
  /** Addresses whose pace is remembered; whoever was silent longest is forgotten first. */
  routeAddresses: 100_000,
  /** Origins of one route. */
  routeOrigins: 100,
  /** Streams that follow one job each, in all and of one address. */
  routeStreams: 1_000,
  routeStreamsPerAddress: 16,
  /** A ticket to hand over is good for this long. */
  routeTicketMs: 900_000, // 15 min
  /** Of a target's answer a page is shown this much. */
  routeAnswerBytes: 65_536, // 64 KiB
  /** Files that one look into the spool takes; the PHP client leaves no more than these. */
  spoolFiles: 100_000,
  /** Files of the spool whose jobs may wait for one commit. */
  spoolBatchFiles: 256,
  /** Bytes of them in memory. */
  spoolBatchBytes: 16_777_216, // 16 MiB
  /** A file younger than this that is no whole JSON may still be being written. */
  spoolUnfinishedMs: 5_000, // 5 s
  /** Temporary files of writers who died are removed after this. */
  spoolLitterMs: 3_600_000, // 1 h
  /** How often they are looked for. */
  spoolCleanMs: 60_000, // 60 s
  /** Refused files kept; beyond these the oldest go. */
  spoolRefused: 10_000,
  /** A file of the spool that cannot be dealt with now is tried again after this time. */
  spoolAgainMs: 60_000, // 60 s
} as const;
