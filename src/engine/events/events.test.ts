import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { JobEvent } from '../../job/event.ts';
import { limits } from '../../limits.ts';
import { Events } from './events.ts';

test('a listener gets instants as text and nothing for what an event does not say', () => {
  const events = new Events('boot');
  const heard: JobEvent[] = [];
  events.subscribe((event) => heard.push(event));
  const paused = { queue: 'a', field: 'rate', to: '7/s', until: 1_000, error: undefined };
  events.emit({ type: 'queue.changed', at: 0, ...paused });
  assert.deepEqual(heard, [
    {
      ...{ id: 'boot-1', type: 'queue.changed', at: '1970-01-01T00:00:00.000Z' },
      ...{ queue: 'a', field: 'rate', to: '7/s', until: '1970-01-01T00:00:01.000Z' },
    },
  ]);
});

test('who comes back hears what was missed, and a reset where some of it is gone', () => {
  const events = new Events('boot');
  events.subscribe(() => {})();
  const leave = events.subscribe(() => {});
  const emit = () => events.emit({ type: 'job.stored', at: 0, jobId: 'x' });
  emit();
  leave();
  emit();
  assert.deepEqual(replayed(events, 'boot-1'), ['job.stored']);
  for (let n = 0; n < limits.events; n++) emit();
  assert.equal(replayed(events, 'boot-1')[0], 'reset');
  assert.deepEqual(replayed(events, 'another-1'), ['reset']);
});

test('nobody listens for long: nothing is kept', () => {
  const events = new Events('boot');
  events.subscribe(() => {})();
  events.emit({ type: 'job.stored', at: 0 });
  events.emit({ type: 'job.stored', at: limits.eventsKeptMs + 1 });
  assert.deepEqual(replayed(events, 'boot-1'), ['reset']);
});

function replayed(events: Events, since: string): string[] {
  const types: string[] = [];
  events.subscribe(({ type }) => types.push(type), since)();
  return types;
}
