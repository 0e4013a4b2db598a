/** One metric of the catalogue: what Prometheus is told of it. */
export interface MetricSpec {
  readonly name: string;
  readonly type: 'gauge' | 'counter' | 'histogram';
  readonly unit: 'seconds' | 'bytes' | 'ratio' | 'celsius' | 'samples_per_second' | 'trials' | 'none';
  readonly labels: readonly string[];
  readonly help: string;
  /** Upper bounds, histograms only. */
  readonly buckets?: readonly number[];
}
