/**
 * The one catalogue of metrics: exporters, recording rules, alerts and panels all take names, labels and help from here.
 * Names follow Prometheus: base units, `_total` on counters. `trial` is a label of gauges with a bounded set of series only.
 */
import { AGENT_METRICS } from './names-agent.ts';
import { PROCESS_METRICS } from './names-process.ts';
import { SWEEP_METRICS } from './names-sweep.ts';

export const METRICS = { ...PROCESS_METRICS, ...SWEEP_METRICS, ...AGENT_METRICS } as const;

export type MetricKey = keyof typeof METRICS;
export type LabelOf<K extends MetricKey> = (typeof METRICS)[K]['labels'][number];
