// Puts the parts of one engine together: gives the jobs of a dead process back, then lets them run.

import { availableParallelism } from 'node:os';
import type { Clock } from '../clock.ts';
import { limits } from '../limits.ts';
import type { Rescued, Store } from '../store/store.ts';
import { tryAlone } from './attempts/alone.ts';
import { createWake } from './attempts/dispatch.ts';
import { LookPast } from './attempts/look-past.ts';
import { hearRescued } from './attempts/rescued.ts';
import { Window } from './attempts/window.ts';
import type { Engine } from './engine.ts';
import { Events } from './events/events.ts';
import { logEvents } from './events/log-events.ts';
import { Outputs } from './events/output.ts';
import { Tally } from './events/tally.ts';
import type { Tracing } from './events/tracing.ts';
import { Waiters } from './events/waiters.ts';
import { keepHouse } from './housekeeping.ts';
import { Admission, admit, LIBRARY, refusalOf } from './intake/admit.ts';
import { handOvers } from './intake/hand-over.ts';
import { Overload } from './intake/overload.ts';
import { bulkEngine } from './mending/bulk.ts';
import { BulkRunner } from './mending/bulk-run.ts';
import { cancel } from './mending/cancel.ts';
import { causes } from './mending/causes.ts';
import { resend } from './mending/resend.ts';
import { retry } from './mending/retry.ts';
import type { Deliverers, EngineOptions, Node } from './node.ts';
import {
  findLimit,
  findQueue,
  listLimits,
  listOrigins,
  listQueues,
} from './settings/budget-view.ts';
import { changeBudget, forgetBudget } from './settings/change-budget.ts';
import { pause, resume } from './settings/pause.ts';
import { type ConfiguredValues, Settings } from './settings/settings.ts';
import { createStop } from './stop.ts';
import { Timer } from './timer.ts';
import { Scheduler } from './turns/scheduler.ts';
import { Backlog } from './views/backlog.ts';
import { followOutput } from './views/follow-output.ts';
import { group } from './views/group.ts';
import { list } from './views/list.ts';
import { answer, attempts, get, settled } from './views/look.ts';
import { outcomes } from './views/outcomes.ts';
import { ping } from './views/ping.ts';
import { stats } from './views/stats.ts';
import { why } from './views/why.ts';

export interface EngineParts {
  readonly store: Store;
  readonly deliverers: Deliverers;
  readonly clock: Clock;
  readonly options?: EngineOptions;
  readonly tracing?: Tracing;
}

/** Resolves once jobs are accepted; what the last process left behind is on its way by then. */
export async function createEngine(parts: EngineParts): Promise<Engine> {
  const { store, clock, options = {} } = parts;
  const keepFailedMs = options.keepFailedMs ?? limits.keepFailedMs;
  // One instant for both: what falls due during the rescue is the timer's.
  const now = clock.now();
  const rescued = await store.rescue({ now, keepFailedMs });
  const timer: Timer = new Timer(() => node, now);
  const node: Node = createNode(parts, { rescued, timer });
  node.events.observe((event) => node.tally.hear(event));
  node.events.observe(logEvents(node.log));
  node.events.observe((event) => node.tracing?.hear(event));
  await loadSettings(node);
  // Counted afterwards: what the rescue has ended waits no more.
  hearRescued(node, rescued);
  node.backlog.load(await store.waiting());
  for (const queue of rescued.dueQueues) node.scheduler.flagBacklog(queue);
  void begin(node, { rescued, timer });
  return engineOf(node, timer);
}

const NOTHING_FIXED: ConfiguredValues = { queues: {}, limits: {} };

async function loadSettings({ store, settings }: Node): Promise<void> {
  for (let page = await store.settings(); page.length > 0; ) {
    settings.load(page);
    page = await store.settings(page.at(-1));
  }
}

/** Suspects first, then everybody. */
async function begin(
  node: Node,
  { rescued, timer }: { readonly rescued: Rescued; readonly timer: Timer },
): Promise<void> {
  try {
    await tryAlone(node, rescued.suspects);
  } catch (error) {
    node.log('error', 'Suspects could not be tried alone', { error: String(error) });
  }
  node.standstill = node.isStopping ? 'stop' : undefined;
  node.wake();
  keepHouse(node);
  await timer.tick();
  await goOnWithBulks(node);
}

/** Operations on many jobs that the last process did not end. */
async function goOnWithBulks(node: Node): Promise<void> {
  try {
    await node.bulks.resume();
  } catch (error) {
    if (node.isStopping) return;
    node.log('error', 'Operations on many jobs wait for a restart', { error: String(error) });
  }
}

function createNode(
  { store, deliverers, clock, options = {}, tracing }: EngineParts,
  { rescued, timer }: { readonly rescued: Rescued; readonly timer: Timer },
): Node {
  const { configured = () => NOTHING_FIXED } = options;
  const settings = new Settings(clock.now(), configured());
  const node: Node = {
    store,
    deliverers,
    clock,
    log: options.log ?? (() => {}),
    attemptsAtOnce: options.attemptsAtOnce ?? limits.attemptsAtOnce,
    keep: {
      responseMs: options.keepResponseMs ?? limits.keepResponseMs,
      jobMs: options.keepJobMs ?? limits.keepJobMs,
      failedMs: options.keepFailedMs ?? limits.keepFailedMs,
    },
    storeBytes: options.storeBytes,
    window: new Window(),
    settings,
    backlog: new Backlog(),
    configured,
    lookPast: new LookPast(() => node),
    alarm: { at: Number.POSITIVE_INFINITY, stop: undefined },
    scheduler: new Scheduler(
      {
        attemptsPerOrigin: options.attemptsPerOrigin ?? limits.attemptsPerOrigin,
        random: () => clock.random(),
        commandsAtOnce: options.commandsAtOnce ?? availableParallelism(),
        commandConcurrency: options.commandConcurrency ?? (() => Number.POSITIVE_INFINITY),
      },
      settings,
    ),
    events: new Events(clock.id().slice(-12)),
    tracing,
    outputs: new Outputs(),
    bulks: new BulkRunner(() => node),
    waiters: new Waiters(),
    counters: zeroes(),
    tally: new Tally(),
    startedAt: clock.now(),
    wake: createWake(() => node, queueMicrotask),
    wakeNextTurn: createWake(() => node, setImmediate),
    due: (runAt, queue, level) => timer.due(runAt, queue, level),
    nextSeq: rescued.nextSeq,
    admission: new Admission({
      commitQueue: options.commitQueue ?? limits.operationsWaiting,
      overload: new Overload(() => node),
    }),
    settling: 0,
    standstill: 'rescue',
    isStopping: false,
    disk: { level: 'ok', isStoreFull: false, reserveFrom: clock.now() + limits.ballastAfterMs },
    isDiskFull: false,
    timers: new Set(),
  };
  node.events.observe((event) => node.backlog.observe(event));
  return node;
}

function zeroes(): Node['counters'] {
  return {
    stored: 0,
    duplicates: 0,
    attempts: 0,
    succeeded: 0,
    failed: 0,
    cancelled: 0,
    retried: 0,
    interrupted: 0,
  };
}

function engineOf(node: Node, timer: Timer): Engine {
  return {
    refusal: (wish) => refusalOf(node, wish),
    reserve: (wish) => admit(node, wish),
    ...handOvers(node),
    group: (id) => group(node, id),
    outcomes: (ids, options) => outcomes(node, ids, options),
    writeBody: () => node.store.writeBody(),
    settled: (id, options) => settled(node, id, options),
    get: (id) => get(node, id),
    attempts: (id) => attempts(node, id),
    answer: (id) => answer(node, id),
    list: (options) => list(node, options),
    causes: (options) => causes(node, options),
    cancel: (id) => cancel(node, id),
    retry: (id) => retry(node, id),
    why: (id) => why(node, id),
    queue: (name) => findQueue(node, name),
    queues: (page) => listQueues(node, page),
    limit: (name) => findLimit(node, name),
    limits: (page) => listLimits(node, page),
    origins: (page) => listOrigins(node, page),
    changeBudget: (kind, name, change) => changeBudget(node, kind, name, change),
    forgetBudget: (kind, name) => forgetBudget(node, kind, name),
    pause: (kind, name) => pause(node, kind, name),
    resume: (kind, name) => resume(node, kind, name),
    resend: (id, prepare, from = LIBRARY) => resend(node, id, { from, prepare }),
    bulk: bulkEngine(node),
    subscribe: (listener, since) => node.events.subscribe(listener, since),
    announce: (event) => node.events.emit({ ...event, at: node.clock.now() }),
    output: (id, signal) => followOutput(node, id, signal),
    stats: () => stats(node),
    tally: () => node.tally,
    ping: () => ping(node),
    stop: createStop(node, timer),
  };
}
