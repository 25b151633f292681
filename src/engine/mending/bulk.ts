// Operations on many jobs: how many are meant, begin, look, abort.

import { SendoffError } from '../../errors.ts';
import { type BulkOrder, type CheckedBulk, orderHash } from '../../job/bulk-request.ts';
import { limits } from '../../limits.ts';
import type { BulkPreview, BulkView } from '../../mending.ts';
import type { BulkRow } from '../../store/store.ts';
import type { Node } from '../node.ts';
import { isSecret } from '../views/view.ts';
import { announceEnd, endAt } from './bulk-run.ts';

export interface BulkEngine {
  /** How many jobs are meant at this moment, and the first of them. */
  preview(request: CheckedBulk): Promise<BulkPreview>;
  /**
   * Resolves when the operation is on disk; it goes on until its end, whoever dies meanwhile.
   * @throws SendoffError `idempotency_mismatch`, `busy`, `stopping`
   */
  start(request: CheckedBulk): Promise<BulkView & { readonly duplicate: boolean }>;
  get(id: string): Promise<BulkView | undefined>;
  /** Newest first. */
  list(): Promise<readonly BulkView[]>;
  /** Nothing more is done from now on; what was done stays. @throws SendoffError `not_found` */
  abort(id: string): Promise<BulkView>;
}

export function bulkEngine(node: Node): BulkEngine {
  return {
    preview: (request) => preview(node, request),
    start: (request) => start(node, request),
    async get(id) {
      const row = await node.store.bulk(id);
      return row && bulkView(row);
    },
    list: async () => (await node.store.bulks({ limit: limits.bulks })).map(bulkView),
    abort: (id) => abort(node, id),
  };
}

async function preview(node: Node, { order }: CheckedBulk): Promise<BulkPreview> {
  const { jobs, isPartial, sample } = await count(node, order);
  return { jobs, ...(isPartial && { partial: true }), sample };
}

function count(node: Node, { meant }: BulkOrder): ReturnType<Node['store']['count']> {
  return node.store.count({ filter: meant, belowSeq: node.nextSeq });
}

async function start(
  node: Node,
  { id = node.clock.id(), order }: CheckedBulk,
): Promise<BulkView & { readonly duplicate: boolean }> {
  refuseIfUnable(node);
  const createdAt = node.clock.now();
  const belowSeq = node.nextSeq;
  const hash = orderHash(order);
  // A repeated call need not count again.
  const known = await node.store.bulk(id);
  const expected = known?.expected ?? (await count(node, order));
  const request = JSON.stringify(order);
  const begun = await node.store.beginBulk({ id, request, hash, createdAt, belowSeq, expected });
  if (begun.kind === 'mismatch') {
    const message = `Operation ${id} does something else, or with other jobs`;
    throw new SendoffError('idempotency_mismatch', message, { field: 'id' });
  }
  const { bulk } = begun;
  const isNew = begun.kind === 'begun';
  if (isNew) {
    node.events.emit({ type: 'bulk.started', at: createdAt, bulkId: id, count: expected.jobs });
  }
  if (bulk.state === 'running') node.bulks.add(bulk);
  return { ...bulkView(bulk), duplicate: !isNew };
}

function refuseIfUnable(node: Node): void {
  if (node.isStopping) {
    throw new SendoffError('stopping', 'This server is stopping', { retryAfterMs: 1_000 });
  }
  if (node.bulks.size < limits.bulksRunning) return;
  const message = `${limits.bulksRunning} operations on many jobs are under way already`;
  throw new SendoffError('busy', message, { retryAfterMs: 10_000 });
}

async function abort(node: Node, id: string): Promise<BulkView> {
  const before = await node.store.bulk(id);
  const row = before && (await node.store.abortBulk(id, endAt(node)));
  if (!row) throw new SendoffError('not_found', `There is no operation ${id}`);
  node.bulks.drop(id);
  if (row.state === 'aborted' && before.state === 'running') announceEnd(node, row);
  return bulkView(row);
}

/** Headers as they were given: a record or pairs. */
function withoutSecrets(edits: NonNullable<BulkOrder['edits']>): NonNullable<BulkOrder['edits']> {
  const { headers } = edits;
  if (typeof headers !== 'object' || headers === null) return edits;
  const pairs = Array.isArray(headers)
    ? (headers as [string, unknown][])
    : Object.entries(headers as Record<string, unknown>);
  const shown = pairs.map(([name, value]) => [name, isSecret(name) ? '***' : value] as const);
  return { ...edits, headers: Array.isArray(headers) ? shown : Object.fromEntries(shown) };
}

function bulkView(row: BulkRow): BulkView {
  const { id, state, createdAt, endedAt, expected, progress } = row;
  const { action, filter, edits } = JSON.parse(row.request) as BulkOrder;
  return {
    ...{ id, state, action, filter },
    ...(edits !== undefined && { edits: withoutSecrets(edits) }),
    createdAt: new Date(createdAt).toISOString(),
    ...(endedAt !== null && { endedAt: new Date(endedAt).toISOString() }),
    expected: { jobs: expected.jobs, ...(expected.isPartial && { partial: true }) },
    progress,
  };
}
