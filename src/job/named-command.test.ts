import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type CommandRules, checkCall } from './command-rules.ts';
import { checkCommands } from './named-command.ts';
import { checkJob } from './options.ts';

const program = '/usr/bin/php';

function rules(commands: object): CommandRules {
  const named = checkCommands(commands, 'commands');
  return { named: () => named, anyCommand: false };
}

test('a command says little and means much', () => {
  const rule = checkCommands({ backup: { program } }, 'commands').get('backup');
  assert.deepEqual([rule?.least, rule?.most, rule?.hasDashes, rule?.folder], [0, 100, false, '/']);
  assert.equal(rule?.concurrency, Number.POSITIVE_INFINITY);
  const sizes = { program, maxInput: '1GiB', maxOutput: 5, memory: '64m', timeout: '2s' };
  const sized = checkCommands({ a: sizes }, 'commands').get('a');
  assert.deepEqual(
    [sized?.inputBytes, sized?.outputBytes, sized?.memoryBytes, sized?.timeoutMs],
    [1_073_741_824, 5, 67_108_864, 2_000],
  );
});

test('what is wrong is refused with its path', () => {
  const wrong: [command: object, field: string][] = [
    [{}, 'program'],
    [{ program: 'php' }, 'program'],
    [{ program, args: 'x' }, 'args'],
    [{ program, args: ['a\0'] }, 'args[0]'],
    [{ program, arguments: { pattern: '(' } }, 'arguments.pattern'],
    [{ program, arguments: { most: 101 } }, 'arguments.most'],
    [{ program, arguments: { dash: true } }, 'arguments.dash'],
    [{ program, env: { 'A-B': 'x' } }, 'env'],
    [{ program, callerEnv: ['A=B'] }, 'callerEnv'],
    [{ program, folder: 'srv' }, 'folder'],
    [{ program, concurrency: 0 }, 'concurrency'],
    [{ program, timeout: '5' }, 'timeout'],
    [{ program, maxInput: 'big' }, 'maxInput'],
    [{ program, delivery: 'once' }, 'delivery'],
    [{ program, retries: 3 }, 'retries'],
  ];
  for (const [command, field] of wrong) {
    const path = `commands.a.${field}`;
    assert.throws(() => checkCommands({ a: command }, 'commands'), { field: path }, path);
  }
  for (const name of ['', '../x', 'a b', '-a', 'a/b']) {
    assert.throws(() => checkCommands({ [name]: { program } }, 'commands'), name);
  }
});

test('a job of a command has its defaults and its queue', () => {
  const once = { program, timeout: '1m', delivery: 'at-most-once' };
  const context = { now: 0, hasBody: false, commands: rules({ once }) };
  const { queue, spec } = checkJob({ command: 'once', args: ['a'] }, context);
  assert.deepEqual(spec.target, { kind: 'command', name: 'once', args: ['a'] });
  assert.deepEqual(
    [queue, spec.retry.limit, spec.timeoutMs, spec.delivery],
    ['command:once', 0, 60_000, 'at-most-once'],
  );
  const asked = checkJob({ command: 'once', retries: 2, timeout: '5s' }, context).spec;
  assert.deepEqual([asked.retry.limit, asked.timeoutMs], [2, 5_000]);
  assert.throws(() => checkJob({ command: 'once', timeout: '2m' }, context), { field: 'timeout' });
  const delivery = 'at-least-once';
  assert.equal(checkJob({ command: 'once', delivery }, context).spec.delivery, 'at-most-once');
});

test('a caller may ask that a command runs at most once', () => {
  const context = { now: 0, hasBody: false, commands: rules({ often: { program } }) };
  const asked = (delivery: string) => checkJob({ command: 'often', delivery }, context).spec;
  assert.equal(asked('at-most-once').delivery, 'at-most-once');
  assert.equal(asked('at-least-once').delivery, undefined);
  assert.throws(() => asked('once'), { field: 'delivery' });
});

test('arguments and environment count together', () => {
  const commands = checkCommands({ a: { program, callerEnv: ['A'] } }, 'commands');
  const rule = commands.get('a');
  assert.ok(rule);
  const half = 'x'.repeat(65_000);
  assert.deepEqual(checkCall({ args: [half], env: { A: half } }, rule), {
    args: [half],
    env: { A: half },
  });
  assert.throws(() => checkCall({ args: [half, 'x'.repeat(2_000)], env: { A: half } }, rule), {
    field: 'args',
  });
});
