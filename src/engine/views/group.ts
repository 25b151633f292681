// Groups: jobs that were handed over as one and are looked at as one. A group has no state of its
// own on disk; what it has come to is what its jobs have come to, so nothing of it can be lost or
// contradict them.

import { assert } from '../../errors.ts';
import type { Submission } from '../../job/checked.ts';
import { type GroupSpec, groupHash } from '../../job/group.ts';
import type { GroupRow, NewGroup } from '../../store/store.ts';
import type { Engine, Group, GroupSubmission } from '../engine.ts';
import { hashOf, submit } from '../intake/submit.ts';
import type { Node } from '../node.ts';

export async function submitGroup(
  node: Node,
  { id = node.clock.id(), join, isList, keys, submissions }: GroupSubmission,
  from: string,
): ReturnType<Engine['submitGroup']> {
  const spec: GroupSpec = { join, ...(isList && { isList }) };
  const members = submissions.map(({ job, body }: Submission, index) => {
    return { key: keys[index] as string, hash: hashOf(job.spec, body) };
  });
  const text = JSON.stringify(spec);
  const hash = groupHash(text, members);
  const newGroup: NewGroup = { id, createdAt: node.clock.now(), spec: text, hash, keys };
  const receipts = await submit(node, submissions, { from, as: newGroup });
  if (receipts === undefined) {
    const earlier = await group(node, id);
    assert(earlier, 'a group that is repeated is there');
    return { ...earlier, duplicate: true };
  }
  const jobs = receipts.map((receipt, index): [string, string] => {
    return [keys[index] as string, receipt.id];
  });
  const notes = [...new Set(receipts.flatMap((receipt) => receipt.notes ?? []))];
  const told = notes.length > 0 ? { notes } : {};
  return { ...groupOf({ ...newGroup, members: jobs }), duplicate: false, ...told };
}

export async function group(node: Node, id: string): Promise<Group | undefined> {
  const row = await node.store.group(id);
  return row && groupOf(row);
}

function groupOf({ id, createdAt, spec, members }: GroupRow): Group {
  const { join, isList = false } = JSON.parse(spec) as GroupSpec;
  return {
    id,
    createdAt: new Date(createdAt).toISOString(),
    join,
    isList,
    members: members.map(([key, jobId]) => ({ key, id: jobId })),
  };
}
