// The clients, in a process of their own. Each hands over one submission after the other; what
// became unknown is handed over again if it has an id or a key, until the server has said yes or
// no. Every step is in the ledger before it is taken.

import { setTimeout as pause } from 'node:timers/promises';
import { handOver, type Outcome } from './hand-over.ts';
import { type ClientLine, ledgerAt } from './ledger.ts';
import { type Planned, type Planner, planSubmission, type Submission } from './plan.ts';
import { seeded } from './random.ts';

export interface ClientOrder extends Planner {
  readonly server: string;
  readonly ledger: string;
  readonly clients: number;
  /** Submissions a second of all clients together; 0: as fast as they are taken. */
  readonly rate: number;
  /** Jobs after which they stop by themselves. */
  readonly jobs: number;
}

const order = JSON.parse(process.argv[2] ?? '') as ClientOrder;
const note = ledgerAt<ClientLine>(order.ledger);
const random = seeded(`${order.seed} clients`);
let planned = 0;
let submissions = 0;
let isStopping = false;

process.on('message', () => {
  isStopping = true;
});
await Promise.all(Array.from({ length: order.clients }, work));
process.disconnect?.();

async function work(): Promise<void> {
  while (!isStopping && planned < order.jobs) {
    const submission = planSubmission(order, submissions++);
    planned += submission.jobs.length;
    await submit(submission);
    // Anything from at once to twice the mean, so that clients do not march in step.
    if (order.rate > 0) await pause((order.clients / order.rate) * 2_000 * random());
  }
}

async function submit(submission: Submission): Promise<void> {
  for (const { token, fingerprint, delayMs, fate } of submission.jobs) {
    note({ kind: 'attempted', token, at: Date.now(), fingerprint, delayMs, fate });
  }
  let left = submission;
  while (left.jobs.length > 0) {
    const outcomes = await handOver(order.server, left);
    noteOutcomes(left.jobs, outcomes);
    left = { ...left, jobs: left.jobs.filter((job, index) => mayRepeat(job, outcomes[index]!)) };
    if (left.jobs.length > 0) await pause(20 + 80 * random());
  }
  // Some callers are not sure that they heard the yes.
  if (random() < 0.03) await repeat(submission);
}

async function repeat({ form, jobs }: Submission): Promise<void> {
  const named = jobs.filter(({ identity }) => identity !== 'none');
  if (named.length === 0) return;
  const outcomes = await handOver(order.server, { form, jobs: named });
  noteOutcomes(named, outcomes);
}

function noteOutcomes(jobs: readonly Planned[], outcomes: readonly Outcome[]): void {
  for (const [index, { token }] of jobs.entries()) {
    const outcome = outcomes[index]!;
    if (outcome.kind === 'acked') note({ kind: 'acked', token, id: outcome.id });
    else if (outcome.kind === 'refused') {
      note({ kind: 'refused', token, status: outcome.status, code: outcome.code });
    }
  }
}

function mayRepeat({ identity }: Planned, { kind }: Outcome): boolean {
  return kind === 'unsent' || (kind === 'unknown' && identity !== 'none');
}
