// A setting that the operator, or a queue that parks itself, changes: it counts at once, and what
// cannot be written does not count.

import { SendoffError } from '../../errors.ts';
import { limits } from '../../limits.ts';
import type { SettingKind } from '../../store/store.ts';
import type { Node } from '../node.ts';
import type { Setting } from './setting.ts';

/**
 * Handed to the store before this returns, so ahead of all that follows from it. `setting`
 * undefined: nothing is said of the name any more.
 *
 * @throws SendoffError `limit_reached`, and as the store
 */
export async function writeSetting(
  node: Node,
  kind: SettingKind,
  name: string,
  setting: Setting | undefined,
): Promise<void> {
  const { settings, store } = node;
  const before = settings.find(kind, name);
  if (before === undefined && setting !== undefined) refuseIfFull(node);
  count(node, kind, name, setting);
  const row = setting ? settings.row(kind, name, setting) : { kind, name, spec: null };
  try {
    await store.saveSettings([row]);
  } catch (error) {
    // Unless somebody has said something else meanwhile.
    if (settings.find(kind, name) === setting) count(node, kind, name, before);
    throw error;
  }
}

/** @throws SendoffError `limit_reached` */
export function refuseIfFull({ settings }: Node): void {
  if (settings.hasRoom()) return;
  const most = limits.settings;
  const detail = `Something is said of ${most} queues and limits already: remove some of these`;
  throw new SendoffError('limit_reached', detail);
}

function count(node: Node, kind: SettingKind, name: string, setting: Setting | undefined): void {
  if (setting) node.settings.adopt(kind, name, setting);
  else node.settings.forget(kind, name);
  node.scheduler.reset(kind, name, node.clock.now());
  node.wake();
}
