// The verbs that take jobs, as doors call them: with a span around each job while somebody follows
// traces, and as they are while nobody does.

import type { Engine } from '../engine.ts';
import { traced } from '../events/tracing.ts';
import type { Node } from '../node.ts';
import { submitGroup } from '../views/group.ts';
import { LIBRARY } from './admit.ts';
import { submit } from './submit.ts';

export function handOvers(node: Node): Pick<Engine, 'submit' | 'submitGroup'> {
  const { tracing } = node;
  return {
    submit(group, from = LIBRARY) {
      if (!tracing?.isOn()) return submit(node, group, { from });
      return traced(tracing, group, {
        store: (submissions) => submit(node, submissions, { from }),
        receiptsOf: (receipts) => receipts,
      });
    },
    submitGroup(group, from = LIBRARY) {
      if (!tracing?.isOn()) return submitGroup(node, group, from);
      return traced(tracing, group.submissions, {
        store: (submissions) => submitGroup(node, { ...group, submissions }, from),
        receiptsOf: ({ members, duplicate }) => members.map(({ id }) => ({ id, duplicate })),
      });
    },
  };
}
