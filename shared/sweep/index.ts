export { canonicalJson } from './canonical.ts';
export { dataFilesOf, pinDataFiles, type WrittenDataFile } from './data-files.ts';
export { configurationAt, plannedTrials, trialAt, trialIndexOf } from './expansion.ts';
export { sweepJsonSchema } from './json-schema.ts';
export { SWEEP_LIMITS } from './limits.ts';
export {
  isMeasurable,
  isTestMetric,
  METRIC_NAMES,
  type Measure,
  type MetricName,
  measuresFor,
  metricNamesFor,
  naturalGoal,
  parseMetricName,
} from './metric-names.ts';
export { type ModelVariant, type ModelVariants, modelVariants } from './model-variants.ts';
export { hintAmong, nearName } from './near-name.ts';
export { checkSweep, identifySweep, parseSweep } from './parse.ts';
export { contentOf, isLabelled } from './references.ts';
export { resolveTrain } from './resolve.ts';
export { decodeSweepFile } from './source-text.ts';
export type { Distribution, Goal, Objective, Parameter, SweepSpec, TrainSpec, Trial, ValidSweep } from './spec.ts';
export { readSpec, writeSpec } from './spec-schema.ts';
export { dataConfig } from './train/data.ts';
export type { DataConfig } from './train/data-config.ts';
export { DATA_SETS, isTable, type KnowData, type KnownData, knownData } from './train/known-data.ts';
export type {
  Activation,
  LayerConfig,
  LossConfig,
  NoopConfig,
  OptimizerConfig,
  SgdConfig,
  TrainConfig,
  TrainerConfig,
} from './train.ts';
