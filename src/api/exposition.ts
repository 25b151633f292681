// What a scrape shows. Nothing is counted here: these are the engine's own counters.

import { Counter, Gauge, Registry } from '@prometheus-io/client';
import type { Stats } from '../engine/engine.ts';
import type { Tallied } from '../engine/events/tally.ts';
import { limits } from '../limits.ts';
import type { Tossed } from '../sendoff.ts';
import { addTally } from './exposition-tally.ts';

const counters = {
  stored: 'Jobs stored',
  duplicates: 'Hand-overs that were duplicates of a stored job',
  attempts: 'Attempts made',
  succeeded: 'Jobs that succeeded',
  failed: 'Jobs that failed',
  cancelled: 'Jobs that were cancelled',
  retried: 'Attempts that led to another one',
  interrupted: 'Attempts interrupted by the death of a process',
} as const satisfies Partial<Record<keyof Stats, string>>;

const tossCounters = {
  sent: 'Tosses whose request was written',
  answered: 'Tosses that were answered, whatever the status',
  failed: 'Tosses without an answer',
  dropped: 'Tosses refused because memory was full',
} as const satisfies Partial<Record<keyof Tossed, string>>;

const gauges: Readonly<Record<string, readonly [help: string, value: (stats: Stats) => number]>> = {
  sendoff_jobs_running: ['Attempts under way', (stats) => stats.running],
  sendoff_jobs_ready: ['Jobs due and held in memory', (stats) => stats.ready],
  sendoff_commit_waiting: ['Jobs that wait for their commit', (stats) => stats.commits.waiting],
  sendoff_commit_seconds: ['How long commits take lately', (stats) => stats.commits.ms / 1_000],
  sendoff_store_bytes: ['Size of the store', (stats) => stats.store.bytes],
  sendoff_store_wal_bytes: ['Size of the write-ahead log', (stats) => stats.store.walBytes],
  sendoff_disk_free_bytes: ['Free space of the disk', (stats) => stats.store.freeDiskBytes],
  process_resident_memory_bytes: ['Resident memory', () => process.memoryUsage.rss()],
};

interface Further {
  readonly version: string;
  readonly isOpen: boolean;
  readonly toss: Tossed;
  readonly tally: Tallied;
}

export async function expose(
  stats: Stats,
  { version, isOpen, toss, tally }: Further,
): Promise<{ readonly text: string; readonly contentType: string }> {
  const registry = exposition(stats, version);
  addTosses(toss, [registry]);
  addTally(tally, registry);
  registry.setContentType(
    isOpen ? Registry.OPENMETRICS_CONTENT_TYPE : Registry.PROMETHEUS_CONTENT_TYPE,
  );
  return { text: await registry.metrics(), contentType: registry.contentType };
}

function exposition(stats: Stats, version: string): Registry {
  const registry = new Registry();
  const registers = [registry];
  for (const [name, help] of Object.entries(counters)) {
    const total = `sendoff_${name === 'attempts' ? name : `jobs_${name}`}_total`;
    new Counter({ name: total, help, registers }).inc(stats[name as keyof typeof counters]);
  }
  for (const [name, [help, value]] of Object.entries(gauges)) {
    new Gauge({ name, help, registers }).set(value(stats));
  }
  const info = { name: 'sendoff_info', help: 'Version', labelNames: ['version'], registers };
  new Gauge(info).set({ version }, 1);
  addRefused(stats, registers);
  addQueues(stats, registers);
  return registry;
}

function addTosses(toss: Tossed, registers: Registry[]): void {
  for (const [name, help] of Object.entries(tossCounters)) {
    const count = toss[name as keyof typeof tossCounters];
    new Counter({ name: `sendoff_tosses_${name}_total`, help, registers }).inc(count);
  }
  const help = 'Tosses in memory, sent or not';
  new Gauge({ name: 'sendoff_tosses_waiting', help, registers }).set(toss.waiting);
}

/** Scopes are `server`, `disk` and the names of tokens, which the operator gives. */
function addRefused({ refused }: Stats, registers: Registry[]): void {
  const help = 'Jobs that were not taken, by whose bound it was';
  const counter = new Counter({
    ...{ name: 'sendoff_refused_total', help, labelNames: ['scope'], registers },
  });
  for (const [scope, jobs] of Object.entries(refused)) counter.inc({ scope }, jobs);
}

function addQueues(stats: Stats, registers: Registry[]): void {
  const labelNames = ['queue'];
  const ready = { name: 'sendoff_queue_ready', help: 'Jobs due, by queue', labelNames, registers };
  const running = { ...ready, name: 'sendoff_queue_running', help: 'Attempts under way, by queue' };
  const [readyGauge, runningGauge] = [new Gauge(ready), new Gauge(running)];
  stats.queues.forEach((line, index) => {
    const queue = index < limits.metricSeries - 1 ? line.queue.slice(0, 200) : 'other';
    readyGauge.inc({ queue }, line.ready);
    runningGauge.inc({ queue }, line.running);
  });
}
