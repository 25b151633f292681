// The verbs of sendoff in this process: the same interface as over HTTP, without the wire.

import { type DirectHome, runDirect } from './all/all.ts';
import { answerResponse } from './answer-response.ts';
import type { BudgetListOptions, LimitVerbs, OriginPage, QueueVerbs, Why } from './budget.ts';
import type { Clock } from './clock.ts';
import type { Sender } from './delivery/sender.ts';
import type { Engine } from './engine/engine.ts';
import { SendoffError } from './errors.ts';
import type { AllOptions, GroupRequests, GroupRun } from './group.ts';
import type { Submission } from './job/checked.ts';
import type { CommandRules } from './job/command-rules.ts';
import { checkId } from './job/id.ts';
import { targetUrl } from './job/target-name.ts';
import { allKept } from './library/all.ts';
import { limitVerbs, queueVerbs } from './library/budgets.ts';
import { bulkVerbs } from './library/bulk.ts';
import { eventStream } from './library/event-stream.ts';
import { prepareResend } from './library/resend.ts';
import { sendMany } from './library/send-many.ts';
import { runSubmission, submission } from './library/submission.ts';
import { limits } from './limits.ts';
import type { BulkVerbs, CauseOptions, CausePage, ResendEdits } from './mending.ts';
import { abortedError, type RequestInput, requestFrom } from './request-input.ts';
import { resendInputFrom } from './resend-input.ts';
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
import { tossFrom } from './toss/input.ts';
import type { Tosser } from './toss/tosser.ts';

export interface LibraryParts {
  readonly engine: Engine;
  /** For `all` without jobs. */
  readonly direct: () => Sender;
  readonly tosser: Pick<Tosser, 'take' | 'counts'>;
  readonly clock: Clock;
  /** @throws SendoffError `target_not_allowed`, `self_target` */
  readonly checkTarget: (url: string) => void;
  /** What may be run. */
  readonly commands: CommandRules;
  /** Largest body of one job. */
  readonly requestBodyBytes: number;
  /** Gives up this caller's hold on the engine. */
  readonly close: () => Promise<void>;
}

export class Library implements Sendoff {
  readonly #parts: LibraryParts;
  readonly #closing = new AbortController();
  readonly queues: QueueVerbs = queueVerbs(() => this.#engine());
  readonly limits: LimitVerbs = limitVerbs(() => this.#engine());
  readonly bulk: BulkVerbs;

  constructor(parts: LibraryParts) {
    this.#parts = parts;
    this.bulk = bulkVerbs({ ...parts, engine: () => this.#engine() });
  }

  async send(input: string | URL | Request, init?: SendInit): Promise<Sent> {
    return this.#sent(await this.#submit(await requestFrom(input, init)));
  }

  async run(command: Command, options?: RunOptions): Promise<Sent> {
    const input = await runInputFrom(command, options);
    refuseIfAborted(input.signal);
    return this.#sent(await this.#store(await runSubmission(input, this.#parts)));
  }

  async *output(
    id: string,
    options: { readonly signal?: AbortSignal } = {},
  ): AsyncGenerator<OutputPiece> {
    yield* this.#engine().output(checkId(id), this.#untilClosed(options.signal));
  }

  toss(input: string | URL | Request, init?: TossInit): boolean {
    this.#engine();
    return this.#parts.tosser.take(tossFrom(input, init));
  }

  tossed(): Tossed {
    return this.#parts.tosser.counts();
  }

  sendMany(
    items: Iterable<SendInput> | AsyncIterable<SendInput>,
    options: BulkOptions = {},
  ): AsyncIterable<BulkLine> {
    const submitOne = async ({ url, ...init }: SendInput): Promise<Receipt> =>
      this.#submit(await requestFrom(url, init));
    return sendMany(items, submitOne, options);
  }

  all<const Requests extends GroupRequests>(
    requests: Requests,
    options: AllOptions = {},
  ): GroupRun<never, never> {
    if (options.durable === false) return runDirect(requests, options, this.#direct()) as never;
    return allKept(requests, options, {
      engine: () => this.#engine(),
      submission: (request) => submission(request, this.#parts),
    }) as never;
  }

  async fetch(input: string | URL | Request, init?: SendInit): Promise<globalThis.Response> {
    const request = await requestFrom(input, init);
    const { id } = await this.#submit(request);
    const job = await this.#settled(id, request.signal);
    const response = await this.response(id);
    if (response) return response;
    const detail = `Job ${id} ended without an answer: ${job.reason ?? job.state}`;
    throw new SendoffError('no_response', detail, { jobId: id });
  }

  get(id: string): Promise<JobView | undefined> {
    return this.#engine().get(checkId(id));
  }

  async attempts(id: string): Promise<readonly AttemptView[]> {
    const attempts = await this.#engine().attempts(checkId(id));
    if (!attempts) throw unknownJob(id);
    return attempts;
  }

  async response(id: string): Promise<globalThis.Response | undefined> {
    const answer = await this.#engine().answer(checkId(id));
    if (answer.kind === 'unknown') throw unknownJob(id);
    if (answer.kind === 'pruned') {
      const detail = `The answer of job ${id} is no longer kept`;
      throw new SendoffError('response_pruned', detail, { jobId: id });
    }
    if (answer.kind !== 'answer' || !answer.job.response) return undefined;
    const url = targetUrl(answer.job.target);
    return answerResponse(answer.job.response, { url, body: answer.read() });
  }

  list(options: ListOptions = {}): Promise<JobPage> {
    return this.#engine().list(options);
  }

  async causes(options: CauseOptions = {}): Promise<CausePage> {
    return this.#engine().causes(options);
  }

  async origins(options: BudgetListOptions = {}): Promise<OriginPage> {
    return this.#engine().origins(options);
  }

  async why(id: string): Promise<Why | undefined> {
    return this.#engine().why(checkId(id));
  }

  cancel(id: string): Promise<CancelResult> {
    return this.#engine().cancel(checkId(id));
  }

  retry(id: string): Promise<Receipt> {
    return this.#engine().retry(checkId(id));
  }

  async resend(id: string, edits?: ResendEdits): Promise<Receipt> {
    const input = await resendInputFrom(edits);
    refuseIfAborted(input.signal);
    return this.#engine().resend(checkId(id), prepareResend(input, this.#parts));
  }

  async *events(
    options: { readonly since?: string; readonly signal?: AbortSignal } = {},
  ): AsyncGenerator<JobEvent> {
    const signal = this.#untilClosed(options.signal);
    yield* eventStream(this.#engine(), { ...options, signal });
  }

  async close(): Promise<void> {
    if (this.#closing.signal.aborted) return;
    this.#closing.abort();
    await this.#parts.close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  #direct(): DirectHome {
    return {
      parts: () => {
        this.#engine();
        const { clock, checkTarget, direct } = this.#parts;
        return { clock, checkTarget, sender: direct() };
      },
    };
  }

  #engine(): Engine {
    if (this.#closing.signal.aborted) {
      throw new SendoffError('closed', 'This sendoff has been closed');
    }
    return this.#parts.engine;
  }

  async #submit(request: RequestInput): Promise<Receipt> {
    this.#engine();
    refuseIfAborted(request.signal);
    return this.#store(await submission(request, this.#parts));
  }

  async #store(submission: Submission): Promise<Receipt> {
    const [receipt] = await this.#engine().submit([submission]);
    if (!receipt) throw new SendoffError('internal', 'A group of one gave no receipt');
    return receipt;
  }

  #sent(receipt: Receipt): Sent {
    return {
      ...receipt,
      done: ({ signal } = {}) => this.#settled(receipt.id, signal),
      cancel: () => this.cancel(receipt.id),
    };
  }

  #untilClosed(signal: AbortSignal | undefined): AbortSignal {
    return AbortSignal.any([this.#closing.signal, ...(signal === undefined ? [] : [signal])]);
  }

  async #settled(id: string, signal: AbortSignal | undefined): Promise<JobView> {
    for (;;) {
      refuseIfAborted(signal);
      const wait = { timeoutMs: limits.waitMs, ...(signal && { signal }) };
      const job = await this.#engine().settled(id, wait);
      if (job) return job;
      refuseIfAborted(signal);
      // A long wait was over, or the job has been pruned: nothing will ever come of that.
      if (!(await this.#engine().get(id))) throw unknownJob(id);
    }
  }
}

function refuseIfAborted(signal: AbortSignal | undefined): void {
  if (signal?.aborted) throw abortedError(signal);
}

function unknownJob(id: string): SendoffError {
  return new SendoffError('not_found', `There is no job ${id}`, { jobId: id });
}
