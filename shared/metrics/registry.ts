import process from 'node:process';
import { Counter, Gauge, Histogram, Registry } from 'prom-client';
import { SOWER_VERSION } from '../protocol/version.ts';
import type { MetricSpec } from './metric-spec.ts';
import { type LabelOf, METRICS, type MetricKey } from './names.ts';

type KeyOfType<T extends MetricSpec['type']> = {
  [K in MetricKey]: (typeof METRICS)[K]['type'] extends T ? K : never;
}[MetricKey];

/** Metrics of one process, made from the catalogue: a name or label that is not in it does not compile. */
export interface MetricRegistry {
  gauge<K extends KeyOfType<'gauge'>>(key: K): Gauge<LabelOf<K>>;
  counter<K extends KeyOfType<'counter'>>(key: K): Counter<LabelOf<K>>;
  histogram<K extends KeyOfType<'histogram'>>(key: K): Histogram<LabelOf<K>>;
  /** Runs before every exposition, to bring gauges up to date. */
  onScrape(refresh: () => void): void;
  /** Text exposition format 0.0.4. */
  expose(): Promise<string>;
  readonly contentType: string;
}

/** `component` is `coordinator` or `agent`. */
export function createMetricRegistry(component: string): MetricRegistry {
  const registry = new Registry();
  const refreshers: (() => void)[] = [];
  const made = new Map<MetricKey, Gauge | Counter | Histogram>();
  const once = <M extends Gauge | Counter | Histogram>(key: MetricKey, make: (spec: MetricSpec) => M): M => {
    const existing = made.get(key);
    if (existing !== undefined) return existing as M;
    const metric = make(METRICS[key]);
    made.set(key, metric);
    return metric;
  };
  const options = (spec: MetricSpec) => ({
    name: spec.name,
    help: spec.help,
    labelNames: [...spec.labels],
    registers: [registry],
  });
  const metrics: MetricRegistry = {
    gauge: (key) => once(key, (spec) => new Gauge(options(spec))) as Gauge<LabelOf<typeof key>>,
    counter: (key) => once(key, (spec) => new Counter(options(spec))) as Counter<LabelOf<typeof key>>,
    histogram: (key) =>
      once(key, (spec) => new Histogram({ ...options(spec), buckets: [...(spec.buckets ?? [])] })) as Histogram<
        LabelOf<typeof key>
      >,
    onScrape: (refresh) => void refreshers.push(refresh),
    async expose() {
      for (const refresh of refreshers) refresh();
      return registry.metrics();
    },
    contentType: registry.contentType,
  };
  describeProcess(metrics, component);
  return metrics;
}

function describeProcess(metrics: MetricRegistry, component: string): void {
  metrics.gauge('build_info').set({ version: SOWER_VERSION, component, node_version: process.version.slice(1) }, 1);
  metrics.gauge('process_start_time_seconds').set(Math.round(Date.now() / 1000 - process.uptime()));
  const memory = metrics.gauge('process_resident_memory_bytes');
  const cpu = metrics.counter('process_cpu_seconds_total');
  metrics.onScrape(() => {
    memory.set(process.memoryUsage.rss());
    const { user, system } = process.cpuUsage();
    cpu.reset();
    cpu.inc((user + system) / 1e6);
  });
}
