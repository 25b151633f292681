// Pausing and resuming a queue or a limit. A queue can pause itself: an ordered one whose head has
// failed for good, if that was asked for; whoever sends that job on its way again resumes it.

import { limits } from '../../limits.ts';
import type { Final, SettingKind } from '../../store/store.ts';
import type { HeldJob } from '../attempts/held-job.ts';
import { later, type Node } from '../node.ts';
import { emptySetting, type Setting } from './setting.ts';
import { writeSetting } from './write-setting.ts';

/** Nothing of it begins from now on; what is under way goes on. */
export async function pause(node: Node, kind: SettingKind, name: string): Promise<void> {
  const known = node.settings.find(kind, name) ?? emptySetting();
  if (known.paused && known.paused.jobId === undefined) return;
  await change(node, kind, name, { ...known, paused: { at: node.clock.now() } });
}

/** It goes on, and does not wait any more for as long as a target has asked it to. */
export async function resume(node: Node, kind: SettingKind, name: string): Promise<void> {
  if (kind === 'queue' && node.scheduler.find(name)) node.scheduler.hold(name, 0, node.clock.now());
  node.wake();
  const known = node.settings.find(kind, name);
  if (!known?.paused) return;
  const { paused: _, ...setting } = known;
  await change(node, kind, name, setting);
}

/** The head of an ordered queue is about to be written down as failed. */
export function parkQueue(
  node: Node,
  { id, queue: name }: Pick<HeldJob, 'id' | 'queue'>,
  { state }: Pick<Final, 'state'>,
): void {
  if (state !== 'failed' || !node.settings.isOrdered(name)) return;
  if (node.settings.values('queue', name).onFailure !== 'park') return;
  const known = node.settings.find('queue', name) ?? emptySetting();
  if (known.paused) return;
  const paused = { at: node.clock.now(), jobId: id };
  void park(node, name, { ...known, paused });
}

/** However long the store takes: nothing behind the head begins meanwhile. */
async function park(node: Node, name: string, setting: Setting): Promise<void> {
  for (;;) {
    try {
      return await change(node, 'queue', name, setting);
    } catch (error) {
      if (node.isStopping) return;
      node.log('error', 'A parked queue waits for the store', { error: String(error) });
    }
    node.settings.adopt('queue', name, setting);
    node.scheduler.reset('queue', name, node.clock.now());
    await new Promise<void>((resolve) => later(node, limits.sleepMs, resolve));
  }
}

/** The job that its queue waits for is sent on its way again. */
export async function unparkQueue(
  node: Node,
  { id, queue }: Pick<HeldJob, 'id' | 'queue'>,
): Promise<void> {
  if (node.settings.find('queue', queue)?.paused?.jobId === id) await resume(node, 'queue', queue);
}

async function change(
  node: Node,
  kind: SettingKind,
  name: string,
  setting: Setting,
): Promise<void> {
  await writeSetting(node, kind, name, setting);
  const type = `${kind}.${setting.paused ? 'paused' : 'resumed'}` as const;
  const { jobId } = setting.paused ?? {};
  node.events.emit({ type, at: node.clock.now(), [kind]: name, jobId });
}
