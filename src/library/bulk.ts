// Operations on many jobs, in this process.

import type { Clock } from '../clock.ts';
import type { Engine } from '../engine/engine.ts';
import { type CheckedBulk, checkBulk } from '../job/bulk-request.ts';
import { checkId } from '../job/id.ts';
import type { BulkVerbs } from '../mending.ts';

export function bulkVerbs(parts: {
  /** @throws SendoffError `closed` */
  readonly engine: () => Engine;
  readonly clock: Clock;
  /** @throws SendoffError `target_not_allowed`, `self_target` */
  readonly checkTarget: (url: string) => void;
}): BulkVerbs {
  const checked = (request: unknown): CheckedBulk => {
    const bulk = checkBulk(request, { now: parts.clock.now() });
    const url = bulk.order.edits?.url;
    if (typeof url === 'string') parts.checkTarget(url);
    return bulk;
  };
  return {
    preview: async (request) => parts.engine().bulk.preview(checked(request)),
    start: async (request) => parts.engine().bulk.start(checked(request)),
    get: async (id) => parts.engine().bulk.get(checkId(id)),
    list: async () => parts.engine().bulk.list(),
    abort: async (id) => parts.engine().bulk.abort(checkId(id)),
  };
}
