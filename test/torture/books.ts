// Joins the ledgers: one account for each job that a client ever handed over, with what the clients
// know of it and all that arrived for it.

import type { ClientLine, Fate, Handling, TargetLine } from './ledger.ts';

export interface Arrived {
  readonly at: number;
  readonly attempt: number;
  /** The header `idempotency-key`: the job's id, unless the caller gave a key. */
  readonly key: string;
  /** Undefined if the target was never done with it. */
  handling: Handling | undefined;
  fingerprint: string | undefined;
  answerFingerprint: string | undefined;
}

export interface Account {
  readonly token: string;
  readonly attemptedAt: number;
  readonly fingerprint: string;
  readonly delayMs: number;
  readonly fate: Fate;
  /** Every id that a receipt for it named: one, or none if nobody heard yes. */
  readonly ids: Set<string>;
  isRefused: boolean;
  readonly arrivals: Arrived[];
}

export interface Books {
  readonly accounts: readonly Account[];
  /** Arrivals that no client ever handed over. */
  readonly strangers: number;
}

export function joinLedgers(client: readonly ClientLine[], target: readonly TargetLine[]): Books {
  const accounts = new Map<string, Account>();
  for (const line of client) {
    if (line.kind === 'attempted') accounts.set(line.token, newAccount(line));
    else if (line.kind === 'acked') accounts.get(line.token)!.ids.add(line.id);
    else accounts.get(line.token)!.isRefused = true;
  }
  const arrivals = new Map<number, Arrived>();
  let strangers = 0;
  for (const line of target) {
    if (line.kind === 'handled') Object.assign(arrivals.get(line.arrival)!, handled(line));
    else {
      const arrival = newArrival(line);
      arrivals.set(line.arrival, arrival);
      const account = accounts.get(line.token);
      if (account === undefined) strangers++;
      else account.arrivals.push(arrival);
    }
  }
  return { accounts: [...accounts.values()], strangers };
}

/** The id of a job, also of one whose receipt never came but that the target has met. */
export function idOf({ ids, arrivals }: Account): string | undefined {
  const [acked] = ids;
  const uuid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
  return acked ?? arrivals.find(({ key }) => uuid.test(key))?.key;
}

type Attempted = Extract<ClientLine, { kind: 'attempted' }>;

function newAccount({ token, at, fingerprint, delayMs, fate }: Attempted): Account {
  const known = { token, attemptedAt: at, fingerprint, delayMs, fate };
  return { ...known, ids: new Set(), isRefused: false, arrivals: [] };
}

function newArrival(line: Extract<TargetLine, { kind: 'arrived' }>): Arrived {
  const { at, attempt, key } = line;
  const open = { handling: undefined, fingerprint: undefined, answerFingerprint: undefined };
  return { at, attempt, key, ...open };
}

function handled(line: Extract<TargetLine, { kind: 'handled' }>): Partial<Arrived> {
  const { handling, fingerprint, answerFingerprint } = line;
  return { handling, fingerprint, answerFingerprint };
}
