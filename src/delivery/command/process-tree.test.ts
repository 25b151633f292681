import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { describe, test } from 'node:test';
import { systemClock } from '../../clock.ts';
import { cgroupTrees } from './cgroup.ts';
import { MARK, markedTrees } from './marked-tree.ts';
import { endTree, type ProcessTree, type ProcessTrees } from './process-tree.ts';

// A child in a session of its own that ignores SIGTERM, an orphan, one that is stopped, and itself.
const script = `
  setsid sh -c 'trap "" TERM; echo ready; exec sleep 300' &
  (setsid sh -c 'echo ready; exec sleep 300' &)
  sh -c 'echo ready; kill -STOP $$' &
  sleep 300`;
const PROCESSES = 4;
const chain = 'f() { if [ "$1" = xxxxxx ]; then exec sleep 300; else (f "x$1" &); fi; }; f x';

const store = `test-${process.pid}`;
const kinds: Record<string, () => ProcessTrees | undefined> = {
  'found by their mark': () => markedTrees(store),
  'in a cgroup': () => cgroupTrees(store),
};

async function start(tree: ProcessTree, mark: string): Promise<ChildProcess> {
  const [file = '', ...args] = [...tree.launcher, '/bin/sh', '-c', script];
  const child = spawn(file, args, { detached: true, env: { [MARK]: mark } });
  let said = '';
  for await (const text of child.stdout) {
    said += text;
    if (said === 'ready\n'.repeat(3)) break;
  }
  return child;
}

for (const [name, open] of Object.entries(kinds)) {
  const trees = open();
  // Where no cgroup may be made there is nothing to try.
  if (!trees) continue;
  describe(name, () => {
    const clock = systemClock;

    test('all processes of a command are ended, wherever they went', async () => {
      const mark = `${store}:a:1`;
      const tree = trees.open(mark, undefined);
      const other = trees.open(`${store}:b:1`, undefined);
      const child = await start(tree, mark);
      const exited = once(child, 'exit');
      assert.ok((await tree.pids()).length >= PROCESSES);
      assert.deepEqual(await other.pids(), []);
      assert.equal(await endTree(tree, { clock, graceMs: 50 }), true);
      assert.deepEqual(await tree.pids(), []);
      await exited;
      other.remove();
      trees.close();
    });

    test('a chain of parents that end at once hides nobody', async () => {
      const own = open() as ProcessTrees;
      for (let n = 0; n < 10; n++) {
        const mark = `${store}:chain-${n}:1`;
        const tree = own.open(mark, undefined);
        const [file = '', ...args] = [...tree.launcher, '/bin/sh', '-c', chain];
        const child = spawn(file, args, { detached: true, stdio: 'ignore', env: { [MARK]: mark } });
        await once(child, 'exit');
        assert.equal(await endTree(tree, { clock, graceMs: 0 }), true);
      }
      assert.deepEqual(await own.leftovers().pids(), []);
      own.close();
    });

    test('what an earlier process left is found without its name', async () => {
      const mark = `${store}:c:1`;
      const before = open() as ProcessTrees;
      const child = await start(before.open(mark, undefined), mark);
      const exited = once(child, 'exit');
      const later = open() as ProcessTrees;
      assert.ok((await later.leftovers().pids()).length >= PROCESSES);
      assert.equal(await endTree(later.leftovers(), { clock, graceMs: 0 }), true);
      await exited;
      later.close();
    });
  });
}
