// What events add up to, as a scrape shows it. The library counts for itself where values pass
// through it; these are kept by the engine, which does not load it.

import { Counter, type Metric, type Registry } from '@prometheus-io/client';
import { type Distribution, endings, type Tallied } from '../engine/events/tally.ts';

interface Series {
  readonly labels: Readonly<Record<string, string>>;
  readonly values: Distribution;
}

export function addTally({ events, attempts, waited }: Tallied, registry: Registry): void {
  const help = 'Events since the start, by type';
  const counter = new Counter({
    ...{ name: 'sendoff_events_total', help, labelNames: ['type'], registers: [registry] },
  });
  for (const [type, count] of Object.entries(events)) counter.inc({ type }, count);
  addHistogram(registry, {
    name: 'sendoff_attempt_seconds',
    help: 'How long attempts took, by what they led to',
    series: endings.map((outcome) => ({ labels: { outcome }, values: attempts[outcome] })),
  });
  addHistogram(registry, {
    name: 'sendoff_wait_seconds',
    help: 'From when a job was due to when its attempt began',
    series: [{ labels: {}, values: waited }],
  });
}

interface Shown {
  readonly name: string;
  readonly help: string;
  readonly series: readonly Series[];
}

function addHistogram(registry: Registry, { name, help, series }: Shown): void {
  const values = series.flatMap((one) => lines(name, one));
  const shown = { name, help, type: 'histogram', aggregator: 'sum', values };
  // A registry asks its metrics for nothing else, whatever its types say.
  registry.registerMetric({ ...shown, get: async () => shown } as unknown as Metric);
}

function lines(name: string, { labels, values }: Series): object[] {
  const { bounds, counts, sumMs } = values;
  let total = 0;
  const buckets = counts.map((count, at) => {
    total += count;
    const bound = bounds[at];
    const le = bound === undefined ? '+Inf' : String(bound / 1_000);
    return { metricName: `${name}_bucket`, labels: { ...labels, le }, value: total };
  });
  return [
    ...buckets,
    { metricName: `${name}_sum`, labels, value: sumMs / 1_000 },
    { metricName: `${name}_count`, labels, value: total },
  ];
}
