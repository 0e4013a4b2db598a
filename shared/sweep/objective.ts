import { type Finding, type Path, show } from './finding.ts';
import {
  ALL_MEASURES,
  isMeasurable,
  isTestMetric,
  METRIC_NAMES,
  measuresFor,
  naturalGoal,
  parseMetricName,
} from './metric-names.ts';
import { didYouMean, nearName } from './near-name.ts';
import type { Objective } from './spec.ts';
import { isTable, type KnowData, knownData } from './train/known-data.ts';
import type { TrainConfig, TrainerConfig } from './train.ts';

const NAME: Path = ['metric', 'name'];
const CODE = 'E_SWEEP_METRIC';

/** What is wrong with the objective itself; a trainer that only waits reports whatever it is asked for. */
export function objectiveFaults({ name, goal }: Objective, noop: boolean): readonly Finding[] {
  if (noop) return [];
  if (parseMetricName(name) === null) return [unknownMetric(name, NAME)];
  if (goal === naturalGoal(name)) return [];
  const fix = `write goal: ${naturalGoal(name)}`;
  const message = `to ${goal} ${name} would put the worst model first`;
  return [{ code: CODE, path: ['metric', 'goal'], message, fix }];
}

/** What is wrong, for this training, with the objective and with the metrics that stop it or choose its weights. */
export function metricFaults(
  objective: Objective,
  config: TrainerConfig,
  know: KnowData = knownData,
): readonly Finding[] {
  if (config.kind === 'noop') return [];
  const own = measureFault(objective.name, config, know, NAME, ', or choose train_loss');
  const uses = metricsInUse(config).flatMap(({ name, path }) => useFault(name, path, objective, config, know) ?? []);
  return own === null ? uses : [own, ...uses];
}

interface MetricUse {
  readonly name: string;
  readonly path: Path;
}

/** Metrics that are looked at after every epoch. */
function metricsInUse({ earlyStopping, schedule, bestWeights }: TrainConfig): readonly MetricUse[] {
  const uses: MetricUse[] = [];
  if (earlyStopping !== null) {
    uses.push({ name: earlyStopping.metric, path: ['train', 'early_stopping', 'metric'] });
  }
  if (schedule?.type === 'reduce_on_plateau') {
    uses.push({ name: schedule.metric, path: ['train', 'schedule', 'reduce_on_plateau', 'metric'] });
  }
  if (bestWeights !== null) uses.push({ name: bestWeights, path: ['train', 'best_weights'] });
  return uses;
}

function useFault(name: string, path: Path, objective: Objective, config: TrainConfig, know: KnowData): Finding | null {
  if (parseMetricName(name) === null) return unknownMetric(name, path);
  if (isTestMetric(name) && !isTestMetric(objective.name)) {
    const message = `${name} would choose on test data, which only a sweep whose own metric is a test metric does`;
    return { code: CODE, path, message, fix: `use ${name.replace('test_', 'val_')}` };
  }
  return measureFault(name, config, know, path, ', or name train_loss as the metric');
}

/** A measure must suit the labels, and a validation metric needs validation rows. */
function measureFault(
  name: string,
  { data }: TrainConfig,
  know: KnowData,
  path: Path,
  otherwise: string,
): Finding | null {
  const parsed = parseMetricName(name);
  const known = know(data);
  const classes = known?.classes ?? null;
  if (known !== null && parsed !== null && !isMeasurable(parsed, classes)) {
    const labels = classes === null ? 'has numbers for labels' : `has ${classes} classes`;
    const message = `${name} cannot be measured: ${data.name} ${labels}`;
    const fix =
      parsed.topK !== null && classes !== null
        ? `use a k below ${classes}`
        : `measures: ${measuresFor(classes).join(', ')}`;
    return { code: CODE, path, message, fix };
  }
  if (parsed?.part !== 'val' || data.split.validation !== undefined) return null;
  // Arrays and pictures may come with rows for validation, which is known when they were read.
  if (known?.ownValidation ?? (data.file !== null && !isTable(data))) return null;
  const message = `${name} needs validation rows, but train.data sets none aside`;
  const split = 'split: {validation: 0.2}';
  const added = data.file === null ? `write data: {name: ${data.name}, ${split}}` : `add ${split} to train.data`;
  return { code: CODE, path, message, fix: `${added}${otherwise}` };
}

function unknownMetric(name: string, path: Path): Finding {
  // A bare measure, as other tools name what they watch, most likely means that of the validation rows.
  const validated = `val_${name}`;
  const near = parseMetricName(validated) === null ? nearName(name, METRIC_NAMES) : validated;
  const fix =
    near === null
      ? `metrics of the built-in trainer: train_, val_ or test_ with ${ALL_MEASURES.join(', ')}`
      : didYouMean(near);
  return { code: CODE, path, message: `no trainer reports ${show(name)}`, fix };
}
