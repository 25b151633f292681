// Queues and limits of a server. Each verb may be done twice, so all are repeated after a cut.

import type { BudgetVerbs, LimitVerbs, QueueVerbs } from '../budget.ts';
import { checkBudgetChange } from '../job/budget-change.ts';
import { checkName } from '../job/text.ts';
import { orUndefined, queryOf, read } from './read.ts';
import type { Call, Transport } from './transport.ts';

export function queueVerbs(transport: Transport): QueueVerbs {
  return verbs('queue', transport);
}

export function limitVerbs(transport: Transport): LimitVerbs {
  return verbs('limit', transport);
}

function verbs<View, Page>(
  kind: 'queue' | 'limit',
  transport: Transport,
): BudgetVerbs<View, Page, object> {
  const post = async (name: string, verb: string): Promise<View> => {
    return transport.json({ method: 'POST', ...at(`${pathOf(kind, name)}/${verb}`) });
  };
  return {
    async list(options = {}) {
      return transport.json(read(`/v1/${kind}s?${queryOf(options)}`));
    },
    async get(name) {
      return orUndefined(transport.json<View>(read(pathOf(kind, name))));
    },
    async set(name, change) {
      const body = JSON.stringify(checkBudgetChange(change, kind));
      const headers = ['content-type', 'application/json'];
      return transport.json({ method: 'PATCH', ...at(pathOf(kind, name)), headers, body });
    },
    pause: (name) => post(name, 'pause'),
    resume: (name) => post(name, 'resume'),
    async forget(name) {
      const { body } = await transport.ask({ method: 'DELETE', ...at(pathOf(kind, name)) });
      await body.dump();
    },
  };
}

/** A name of dots alone would be folded away by whoever lies between. */
function pathOf(kind: 'queue' | 'limit', name: string): string {
  const encoded = encodeURIComponent(checkName(name, kind));
  return `/v1/${kind}s/${/^\.{1,2}$/.test(encoded) ? encoded.replaceAll('.', '%2E') : encoded}`;
}

function at(path: string): Pick<Call, 'path' | 'isRepeatable'> {
  return { path, isRepeatable: true };
}
