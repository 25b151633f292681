// Whether a job would be taken at this moment.

import { errorOf, OWN, refusalOf } from '../intake/admit.ts';
import type { Node } from '../node.ts';

export async function ping(node: Node): Promise<void> {
  const refusal = refusalOf(node, { from: OWN, jobs: 1, bytes: 0 });
  if (refusal !== undefined) throw errorOf(refusal);
  await node.store.ping();
}
