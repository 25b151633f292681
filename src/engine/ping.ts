// Whether a job would be taken at this moment.

import type { Node } from './node.ts';
import { refuseIfUnable } from './submit.ts';

export async function ping(node: Node): Promise<void> {
  refuseIfUnable(node, 1, 0);
  await node.store.ping();
}
