// Failed jobs by cause, as every door shows them.

import { SendoffError } from '../../errors.ts';
import { causeId } from '../../job/cause.ts';
import { limits } from '../../limits.ts';
import type { CauseOptions, CausePage, CauseView } from '../../mending.ts';
import type { CauseRow } from '../../store/store.ts';
import type { Node } from '../node.ts';

const DEFAULT_ROWS = 100;

/** @throws SendoffError `invalid_limit` */
export async function causes(node: Node, options: CauseOptions): Promise<CausePage> {
  const { origin } = options;
  const limit = checkLimit(options.limit);
  const page = await node.store.causes({ limit, ...(origin !== undefined && { origin }) });
  return { causes: page.causes.map(causeView), ...(page.isPartial && { partial: true }) };
}

function causeView({ number, sampleId, status, error, ...row }: CauseRow): CauseView {
  return {
    id: causeId(number),
    origin: row.origin,
    reason: row.reason,
    ...(status !== null && { status }),
    ...(error !== null && { error }),
    jobs: row.jobs,
    firstAt: new Date(row.firstAt).toISOString(),
    lastAt: new Date(row.lastAt).toISOString(),
    ...(sampleId !== null && { sample: sampleId }),
  };
}

function checkLimit(limit: number = DEFAULT_ROWS): number {
  if (Number.isInteger(limit) && limit >= 1 && limit <= limits.causes) return limit;
  const message = `Expected \`limit\` to be a whole number from 1 to ${limits.causes}`;
  throw new SendoffError('invalid_limit', `${message}, got \`${limit}\``, { field: 'limit' });
}
