// The verbs of sendoff over HTTP or a Unix socket. The same calls, the same results and the same
// errors as in-process; what is added is the way there, which may break and is repeated where that
// is safe.

import { type DirectHome, openDirect, runDirect } from './all/all.ts';
import type { BudgetListOptions, LimitVerbs, OriginPage, QueueVerbs, Why } from './budget.ts';
import { addressOf } from './client/address.ts';
import { allKept } from './client/all.ts';
import { answerOf, unknownJob } from './client/answer.ts';
import { limitVerbs, queueVerbs } from './client/budgets.ts';
import { bulk } from './client/bulk.ts';
import { entriesOf, rawEntries } from './client/entries.ts';
import { followEvents } from './client/events.ts';
import { handOver } from './client/hand-over.ts';
import { bulkVerbs, resend } from './client/mending.ts';
import { followOutput } from './client/output.ts';
import { orUndefined, queryOf, read } from './client/read.ts';
import { handOverRun } from './client/run.ts';
import { TossWay, tossCall } from './client/toss.ts';
import { closed, Transport } from './client/transport.ts';
import { noResponse, waitSettled } from './client/wait.ts';
import { type Clock, systemClock } from './clock.ts';
import type { AllOptions, GroupRequests, GroupRun } from './group.ts';
import type { BulkVerbs, CauseOptions, CausePage, ResendEdits } from './mending.ts';
import { requestFrom } from './request-input.ts';
import { runInputFrom } from './run-input.ts';
import type {
  AttemptView,
  BulkLine,
  BulkOptions,
  CancelResult,
  Command,
  JobEvent,
  JobPage,
  JobView,
  ListOptions,
  OutputPiece,
  Receipt,
  RunOptions,
  SendInit,
  SendInput,
  Sendoff,
  Sent,
  Tossed,
  TossInit,
} from './sendoff.ts';

export interface ClientOptions {
  /** The server's token, where it asks for one. */
  readonly token?: string | undefined;
  readonly clock?: Clock;
}

/** A server spoken to from here. */
export interface Client extends Sendoff {
  /** As `toss`, and resolves when the server has taken the request. */
  tossNow(input: string | URL | Request, init?: TossInit): Promise<void>;
  /** Jobs that are lines of NDJSON already, handed over as they were written. */
  sendLines(lines: AsyncIterable<string>, options?: BulkOptions): AsyncIterable<BulkLine>;
}

/**
 * Opens nothing yet: the first call connects.
 *
 * @param url `http(s)://host:port`, or `unix:/path/to.sock`
 * @throws SendoffError `invalid_url`, `url_credentials`
 */
export function openClient(url: string, options: ClientOptions = {}): Client {
  return new HttpClient(url, options);
}

class HttpClient implements Client {
  readonly #clock: Clock;
  readonly #transport: Transport;
  readonly #tosses: TossWay;
  readonly #ownDirect = openDirect();
  readonly queues: QueueVerbs;
  readonly limits: LimitVerbs;
  readonly bulk: BulkVerbs;

  constructor(url: string, { token, clock = systemClock }: ClientOptions) {
    this.#clock = clock;
    const address = addressOf(url);
    this.#transport = new Transport(address, { token, clock });
    this.#tosses = new TossWay(address, { token, clock });
    this.queues = queueVerbs(this.#transport);
    this.limits = limitVerbs(this.#transport);
    this.bulk = bulkVerbs(this.#transport, () => clock.id());
  }

  async send(input: string | URL | Request, init?: SendInit): Promise<Sent> {
    const request = await requestFrom(input, init);
    const receipt = await handOver(this.#transport, request, this.#clock.id());
    return this.#sent(receipt);
  }

  toss(input: string | URL | Request, init?: TossInit): boolean {
    if (this.#transport.isClosed) throw closed();
    return this.#tosses.toss(input, init);
  }

  tossed(): Tossed {
    return this.#tosses.counts();
  }

  async tossNow(input: string | URL | Request, init?: TossInit): Promise<void> {
    const { body } = await this.#transport.ask(tossCall(input, init));
    await body.dump();
  }

  async run(command: Command, options?: RunOptions): Promise<Sent> {
    const run = await runInputFrom(command, options);
    return this.#sent(await handOverRun(this.#transport, run, this.#clock.id()));
  }

  output(id: string, options: { readonly signal?: AbortSignal } = {}): AsyncIterable<OutputPiece> {
    return followOutput(this.#transport, id, options.signal);
  }

  sendMany(
    items: Iterable<SendInput> | AsyncIterable<SendInput>,
    options: BulkOptions = {},
  ): AsyncIterable<BulkLine> {
    const context = { transport: this.#transport, clock: this.#clock, signal: options.signal };
    return bulk(this.#transport, entriesOf(items, context), options);
  }

  sendLines(lines: AsyncIterable<string>, options?: BulkOptions): AsyncIterable<BulkLine> {
    return bulk(this.#transport, rawEntries(lines, this.#clock), options);
  }

  all<const Requests extends GroupRequests>(
    requests: Requests,
    options: AllOptions = {},
  ): GroupRun<never, never> {
    if (options.durable === false) return runDirect(requests, options, this.#direct()) as never;
    return allKept(requests, options, { transport: this.#transport, clock: this.#clock }) as never;
  }

  async fetch(input: string | URL | Request, init?: SendInit): Promise<globalThis.Response> {
    const request = await requestFrom(input, init);
    const { id } = await handOver(this.#transport, request, this.#clock.id());
    const job = await waitSettled(this.#transport, id, request.signal);
    const response = await answerOf(this.#transport, job, request.signal);
    if (response === undefined) throw noResponse(job);
    return response;
  }

  get(id: string): Promise<JobView | undefined> {
    return orUndefined(this.#transport.json<JobView>(read(jobPath(id))));
  }

  async attempts(id: string): Promise<readonly AttemptView[]> {
    const path = `${jobPath(id)}/attempts`;
    const answer = await this.#transport.json<{ attempts: AttemptView[] }>(read(path));
    return answer.attempts;
  }

  async response(id: string): Promise<globalThis.Response | undefined> {
    const job = await this.get(id);
    if (job === undefined) throw unknownJob(id);
    return answerOf(this.#transport, job);
  }

  list(options: ListOptions = {}): Promise<JobPage> {
    return this.#transport.json<JobPage>(read(`/v1/jobs?${queryOf(options)}`));
  }

  causes(options: CauseOptions = {}): Promise<CausePage> {
    return this.#transport.json<CausePage>(read(`/v1/causes?${queryOf(options)}`));
  }

  origins(options: BudgetListOptions = {}): Promise<OriginPage> {
    return this.#transport.json<OriginPage>(read(`/v1/origins?${queryOf(options)}`));
  }

  why(id: string): Promise<Why | undefined> {
    return orUndefined(this.#transport.json<Why>(read(`${jobPath(id)}/why`)));
  }

  cancel(id: string): Promise<CancelResult> {
    const path = `${jobPath(id)}/cancel`;
    return this.#transport.json<CancelResult>({ method: 'POST', path });
  }

  retry(id: string): Promise<Receipt> {
    const path = `${jobPath(id)}/retry`;
    return this.#transport.json<Receipt>({ method: 'POST', path });
  }

  resend(id: string, edits?: ResendEdits): Promise<Receipt> {
    return resend(this.#transport, id, { edits, freshId: this.#clock.id() });
  }

  events(
    options: { readonly since?: string; readonly signal?: AbortSignal } = {},
  ): AsyncIterable<JobEvent> {
    return followEvents(this.#transport, options);
  }

  #direct(): DirectHome {
    return {
      parts: () => {
        if (this.#transport.isClosed) throw closed();
        return this.#ownDirect.parts();
      },
    };
  }

  #sent(receipt: Receipt): Sent {
    return {
      ...receipt,
      done: ({ signal } = {}) => waitSettled(this.#transport, receipt.id, signal),
      cancel: () => this.cancel(receipt.id),
    };
  }

  async close(): Promise<void> {
    const homes = [this.#transport, this.#tosses, this.#ownDirect];
    await Promise.all(homes.map((home) => home.close()));
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}

function jobPath(id: string): string {
  return `/v1/jobs/${encodeURIComponent(id)}`;
}
