// How full the disk is, and what follows. The less room there is, the less is done: first what is
// settled goes before its time, then no new work is taken, then no attempt begins; that an attempt
// ended is written down as long as a byte is left. It comes back by itself, a little later than it
// went, so that it does not come and go.

import { limits } from '../limits.ts';
import type { StoreSizes } from '../store/store.ts';
import type { Node } from './node.ts';

/**
 * `low`: what is settled goes early. `full`: no new work. `outcomes`: no attempt begins either.
 */
export type DiskLevel = 'ok' | 'low' | 'full' | 'outcomes';

const LEVELS: readonly DiskLevel[] = ['ok', 'low', 'full', 'outcomes'];

export interface Disk {
  level: DiskLevel;
  /** The store is as large as it may be, and nothing settled is left in it. */
  isStoreFull: boolean;
  /** From when on something is taken into reserve. */
  reserveFrom: number;
}

type Figures = Pick<StoreSizes, 'freeDiskBytes' | 'diskBytes'>;

/** Worse at once; better only with `limits.diskSlackBytes` to spare. */
export function diskLevel(before: DiskLevel, { freeDiskBytes, diskBytes }: Figures): DiskLevel {
  const bounds: readonly (readonly [DiskLevel, number])[] = [
    ['outcomes', limits.diskOutcomesBytes],
    ['full', limits.diskFullBytes],
    ['low', lowBytes(diskBytes)],
  ];
  const found = bounds.find(([level, bytes]) => {
    const isHeld = LEVELS.indexOf(before) >= LEVELS.indexOf(level);
    return freeDiskBytes < bytes + (isHeld ? limits.diskSlackBytes : 0);
  });
  return found?.[0] ?? 'ok';
}

function lowBytes(diskBytes: number): number {
  return Math.max(limits.diskLowBytes, diskBytes * limits.diskLowShare);
}

/** One look, and what follows from it. */
export async function watchDisk(node: Node): Promise<void> {
  let sizes = await node.store.sizes();
  adopt(node, diskLevel(node.disk.level, sizes));
  let isAnyLeft = true;
  for (let step = 0; step < limits.prunesPerSecond && isOver(node, sizes); step++) {
    const settledUntil = node.clock.now() - limits.keepLeastMs;
    isAnyLeft = (await node.store.pruneEarly(settledUntil, limits.pruneRows)) > 0;
    if (!isAnyLeft) break;
    sizes = await node.store.sizes();
  }
  judgeStore(node, { sizes, isAnyLeft });
  node.isDiskFull = isFull(node.disk);
  await ballast(node);
}

/** Something settled is to go before its time. */
function isOver(node: Node, sizes: StoreSizes): boolean {
  const { bytes, reusableBytes, freeDiskBytes, diskBytes } = sizes;
  const isStoreOver = bytes - reusableBytes > storeMost(node, sizes);
  // What the store has emptied is as good as free.
  const wanted = lowBytes(diskBytes) + limits.diskSlackBytes;
  return isStoreOver || (node.disk.level !== 'ok' && freeDiskBytes + reusableBytes < wanted);
}

function storeMost({ storeBytes }: Node, { diskBytes }: StoreSizes): number {
  return storeBytes ?? Math.min(limits.storeBytes, diskBytes * limits.storeShare);
}

function judgeStore(
  node: Node,
  { sizes, isAnyLeft }: { readonly sizes: StoreSizes; readonly isAnyLeft: boolean },
): void {
  const { disk } = node;
  const most = storeMost(node, sizes);
  const slackBytes = disk.isStoreFull ? Math.min(limits.diskSlackBytes, most * 0.05) : 0;
  const isOverMost = sizes.bytes - sizes.reusableBytes > most - slackBytes;
  const isStoreFull = isOverMost && (disk.isStoreFull || !isAnyLeft);
  if (isStoreFull === disk.isStoreFull) return;
  disk.isStoreFull = isStoreFull;
  const at = node.clock.now();
  if (isStoreFull) node.events.emit({ type: 'disk.full', at, scope: 'store' });
  else if (disk.level === 'ok') node.events.emit({ type: 'disk.ok', at, scope: 'store' });
}

function adopt(node: Node, level: DiskLevel): void {
  const { disk, clock } = node;
  if (level === disk.level) return;
  const wasHeld = disk.level === 'outcomes';
  disk.level = level;
  const at = clock.now();
  if (level === 'ok' || level === 'low') node.events.emit({ type: `disk.${level}`, at });
  else node.events.emit({ type: 'disk.full', at, scope: level === 'full' ? 'new' : 'attempts' });
  if (wasHeld) node.wake();
}

function isFull({ level, isStoreFull }: Disk): boolean {
  return isStoreFull || level === 'full' || level === 'outcomes';
}

/** Given up on a full disk, and taken again when there is room; not by who is gone in a minute. */
async function ballast(node: Node): Promise<void> {
  const { disk, clock, store } = node;
  if (disk.level === 'outcomes') await giveUpReserve(node);
  if (disk.level !== 'ok' || clock.now() < disk.reserveFrom) return;
  try {
    await store.reserve(true);
  } catch (error) {
    disk.reserveFrom = clock.now() + limits.ballastAfterMs;
    node.log('warn', 'Nothing can be held in reserve on this disk', { error: String(error) });
  }
}

/** The disk is full for a result: what is in reserve is for just that. */
export async function giveUpReserve(node: Node): Promise<void> {
  try {
    await node.store.reserve(false);
  } catch (error) {
    node.log('error', 'What is in reserve cannot be given up', { error: String(error) });
  }
}
