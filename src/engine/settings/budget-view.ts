// Queues, limits and origins as every door shows them: what was said of them, and what memory
// knows.

import type {
  BudgetListOptions,
  DisagreementView,
  LimitPage,
  LimitView,
  OriginPage,
  OriginView,
  QueuePage,
  QueueView,
} from '../../budget.ts';
import { SendoffError } from '../../errors.ts';
import { shown } from '../../job/shown.ts';
import { limits } from '../../limits.ts';
import type { SettingKind } from '../../store/store.ts';
import type { Node } from '../node.ts';
import { Origin } from '../targets/origin.ts';
import type { Budget } from '../turns/budget.ts';
import { firstNames } from './first-names.ts';
import type { Disagreement } from './setting.ts';

const DEFAULT_ROWS = 50;

function queueView(node: Node, name: string): QueueView {
  const queue = node.scheduler.find(name);
  const running = queue?.running ?? 0;
  const paused = node.settings.find('queue', name)?.paused;
  return {
    queue: name,
    ...node.settings.values('queue', name),
    waiting: Math.max(0, node.backlog.of(name) - running),
    ready: queue?.ready ?? 0,
    ...budgetView(node, 'queue', name, queue?.budget),
    ...(paused?.jobId !== undefined && { parkedBy: paused.jobId }),
  };
}

function limitView(node: Node, name: string): LimitView {
  const limit = node.scheduler.budgets.findLimit(name);
  const values = node.settings.values('limit', name);
  return { limit: name, ...values, ...budgetView(node, 'limit', name, limit) };
}

/** Undefined if nothing was ever said of it and no job ever named it. */
export async function findQueue(node: Node, name: string): Promise<QueueView | undefined> {
  const isInMemory = node.scheduler.find(name) !== undefined || isKnown(node, 'queue', name);
  if (!isInMemory && !(await node.store.hasQueue(name))) return undefined;
  return queueView(node, name);
}

export function findLimit(node: Node, name: string): LimitView | undefined {
  const isInMemory = node.scheduler.budgets.findLimit(name) !== undefined;
  return isInMemory || isKnown(node, 'limit', name) ? limitView(node, name) : undefined;
}

/** By name, those first that come first. */
export async function listQueues(node: Node, options: BudgetListOptions): Promise<QueuePage> {
  const { cursor, rows } = checkPage(options);
  const stored = await node.store.queueNames({ after: cursor, limit: rows + 1 });
  const names = [...stored, ...node.settings.names('queue')];
  const { items, next } = pageOf(names, { cursor, rows });
  return { queues: items.map((name) => queueView(node, name)), ...next };
}

export function listLimits(node: Node, options: BudgetListOptions): LimitPage {
  const inMemory = [...node.scheduler.budgets.limits()].map(({ name }) => name);
  const names = [...inMemory, ...node.settings.names('limit')];
  const { items, next } = pageOf(names, checkPage(options));
  return { limits: items.map((name) => limitView(node, name)), ...next };
}

export function listOrigins(node: Node, options: BudgetListOptions): OriginPage {
  const { budgets } = node.scheduler;
  const names = [...budgets.origins()].map(({ name }) => name);
  const { items, next } = pageOf(names, checkPage(options));
  const found = items.map((name) => budgets.findOrigin(name)).filter((one) => one !== undefined);
  return { origins: found.map((origin) => originView(node, origin)), ...next };
}

function originView({ clock }: Node, budget: Budget): OriginView {
  const opensAt = budget.block(clock.now())?.until;
  return {
    origin: budget.name,
    running: budget.running,
    concurrency: budget.most,
    ...learnedView(budget),
    ...(isInstant(opensAt) && { opensAt: iso(opensAt) }),
  };
}

function learnedView(budget: Budget): Pick<OriginView, 'circuit'> & Partial<OriginView> {
  if (!(budget instanceof Origin)) return { circuit: 'closed' };
  const { circuit, rate, concurrency } = budget.learned;
  return {
    circuit,
    ...(rate < Number.POSITIVE_INFINITY && { learnedRate: Math.round(rate * 100) / 100 }),
    ...(concurrency < Number.POSITIVE_INFINITY && { learnedConcurrency: concurrency }),
  };
}

function budgetView(node: Node, kind: SettingKind, name: string, budget: Budget | undefined) {
  const setting = node.settings.find(kind, name);
  const opensAt = budget?.block(node.clock.now())?.until;
  return {
    running: budget?.running ?? 0,
    paused: setting?.paused !== undefined,
    pinned: node.settings.pinned(kind, name),
    disagreements: setting?.disagreements ?? 0,
    ...(isInstant(opensAt) && { opensAt: iso(opensAt) }),
    ...(setting?.last && { lastDisagreement: disagreementView(setting.last) }),
  };
}

function disagreementView({ field, had, said, jobId, at, isApplied }: Disagreement) {
  const applied = isApplied;
  const view: DisagreementView = { field, said, jobId, at: iso(at), applied };
  return had === null ? view : { ...view, had };
}

interface Page {
  /** The name that the page before ended with. */
  readonly cursor: string;
  readonly rows: number;
}

function pageOf(names: readonly string[], { cursor, rows }: Page) {
  const found = firstNames(new Set(names), { after: cursor, count: rows + 1 });
  const items = found.slice(0, rows);
  const last = items.at(-1);
  return { items, next: found.length > rows && last !== undefined ? { next: last } : {} };
}

function checkPage({ cursor = '', limit = DEFAULT_ROWS }: BudgetListOptions): Page {
  if (typeof cursor !== 'string' || !cursor.isWellFormed() || cursor.length > limits.nameBytes) {
    const detail = 'Expected `cursor` to be `next` of an earlier page';
    throw new SendoffError('invalid_cursor', detail, { field: 'cursor' });
  }
  if (Number.isInteger(limit) && limit >= 1 && limit <= limits.listRows) {
    return { cursor, rows: limit };
  }
  const wanted = `a whole number from 1 to ${limits.listRows}`;
  const detail = `Expected \`limit\` to be ${wanted}, got ${shown(limit)}`;
  throw new SendoffError('invalid_limit', detail, { field: 'limit' });
}

function isKnown({ settings }: Node, kind: SettingKind, name: string): boolean {
  return settings.find(kind, name) !== undefined || settings.fixed(kind, name) !== undefined;
}

function isInstant(at: number | undefined): at is number {
  return at !== undefined && at < Number.POSITIVE_INFINITY;
}

function iso(instant: number): string {
  return new Date(Math.ceil(instant)).toISOString();
}
