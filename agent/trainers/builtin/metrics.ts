/** The metrics of a trial: which are measured when, and how they follow from what the engine says. */
import { SowerError } from '../../../shared/kernel/errors.ts';
import type { MetricValues } from '../../../shared/protocol/index.ts';
import {
  isMeasurable,
  type MetricName,
  metricNamesFor,
  type Objective,
  parseMetricName,
} from '../../../shared/sweep/index.ts';
import type { LossConfig, TrainConfig } from '../../../shared/sweep/train.ts';
import type { DataRows, DataSet } from '../../data/index.ts';
import type { Evaluation, TrainingRun } from '../../engine/port.ts';
import { type ClassFindings, classFindings } from '../measures/class-findings.ts';
import { averagedScores } from '../measures/per-class.ts';
import { type RegressionScores, regressionScores } from '../measures/regression.ts';
import { macroAuc } from '../measures/roc.ts';
import { type Link, scoredRows } from '../measures/scores.ts';
import { topKAccuracy } from '../measures/top-k.ts';

export type EvaluatedPart = 'train' | 'val' | 'test';

export const EVALUATED_PARTS: readonly EvaluatedPart[] = ['train', 'val', 'test'];

/** Of what the engine says for every row; `outputs` null where only the means were asked for. */
export interface PartOutcome {
  readonly evaluation: Evaluation;
  readonly outputs: Float32Array | null;
}

/** The metrics that a rule of the trial looks at after every epoch. */
export function watchedMetrics(config: TrainConfig, objective: Objective): readonly MetricName[] {
  const names = new Set([objective.name, config.earlyStopping?.metric, config.bestWeights, plateauMetric(config)]);
  return [...names].flatMap((name) => (typeof name === 'string' ? (parseMetricName(name) ?? []) : []));
}

function plateauMetric({ schedule }: TrainConfig): string | null {
  return schedule?.type === 'reduce_on_plateau' ? schedule.metric : null;
}

/** Rows of a part, null where the data has none. */
export function rowsOf(data: DataSet, part: EvaluatedPart): DataRows | null {
  switch (part) {
    case 'train':
      return data.train;
    case 'val':
      return data.validation;
    case 'test':
      return data.test;
  }
}

/** Throws E_TRAIN_OBJECTIVE where no epoch would ever measure a metric that is needed: better before training than after. */
export function checkMetric(name: string, where: string, data: DataSet): void {
  const classes = data.classes?.length ?? null;
  const metric = parseMetricName(name);
  if (metric !== null && rowsOf(data, metric.part) !== null && isMeasurable(metric, classes)) return;
  const parts: readonly string[] = EVALUATED_PARTS.filter((part) => rowsOf(data, part) !== null);
  const measured = metricNamesFor(classes).filter((known) => parts.includes(known.slice(0, known.indexOf('_'))));
  throw new SowerError('E_TRAIN_OBJECTIVE', `no trial measures ${name}`, {
    where,
    fix:
      metric?.part === 'val' && data.validation === null
        ? 'set rows aside with train.data.split: {validation: 0.2}'
        : `name one of ${measured.join(', ')}`,
  });
}

/** Evaluates a part; asks for every row's scores only where a measure needs them. */
export async function evaluatePart(
  run: TrainingRun,
  rows: DataRows,
  measures: readonly MetricName[],
): Promise<PartOutcome> {
  const evaluation = await run.evaluate(rows);
  const needsScores = measures.some(({ measure }) => !PLAIN.includes(measure));
  return { evaluation, outputs: needsScores ? await run.predict(rows) : null };
}

const PLAIN: readonly string[] = ['loss', 'accuracy', 'error'];

/**
 * Loss and, of classes, accuracy and error; what is not finite becomes null, as JSON has no other word for it. The loss of
 * training rows is that of the epoch as it was trained, and not here.
 */
export function plainMetrics(
  part: EvaluatedPart,
  { loss, accuracy }: Evaluation,
  classes: number | null,
): MetricValues {
  const losses: MetricValues = part === 'train' ? {} : { [`${part}_loss`]: finiteOrNull(loss) };
  if (classes === null) return losses;
  return {
    ...losses,
    [`${part}_accuracy`]: finiteOrNull(accuracy),
    [`${part}_error`]: finiteOrNull(1 - accuracy),
  };
}

/** What the scores of a part's rows tell. */
export type Findings =
  | { readonly type: 'classes'; readonly classes: ClassFindings }
  | { readonly type: 'numbers'; readonly scores: RegressionScores };

export function findingsOf(outputs: Float32Array, rows: DataRows, classes: number | null, loss: LossConfig): Findings {
  const { labels } = rows;
  if (labels instanceof Float32Array) {
    return { type: 'numbers', scores: regressionScores(outputs, labels, labels.length / rows.rows) };
  }
  if (classes === null) throw new Error('invariant broken: rows with classes in data without any');
  return { type: 'classes', classes: classFindings(scoredRows(outputs, classes, labels, linkOf(loss))) };
}

/** Of the metrics asked for those that need every row's scores; the rest is left out. */
export function scoreMetrics(names: readonly MetricName[], findings: Findings): MetricValues {
  const values: Record<string, number | null> = {};
  for (const { part, measure, topK } of names) {
    const value = findings.type === 'numbers' ? numberOf(measure, findings.scores) : ofClasses(measure, topK, findings);
    if (value !== undefined) values[`${part}_${measure}`] = value;
  }
  return values;
}

function numberOf(measure: MetricName['measure'], scores: RegressionScores): number | null | undefined {
  if (measure !== 'mse' && measure !== 'mae' && measure !== 'r2') return undefined;
  const value = scores[measure];
  return value === null ? null : finiteOrNull(value);
}

function ofClasses(
  measure: MetricName['measure'],
  topK: number | null,
  { classes }: Extract<Findings, { readonly type: 'classes' }>,
): number | null | undefined {
  if (topK !== null) return topKAccuracy(classes.rows, topK);
  switch (measure) {
    case 'precision_macro':
      return averagedScores(classes.classScores, 'macro').precision;
    case 'recall_macro':
      return averagedScores(classes.classScores, 'macro').recall;
    case 'f1_macro':
      return averagedScores(classes.classScores, 'macro').f1;
    case 'precision_weighted':
      return averagedScores(classes.classScores, 'weighted').precision;
    case 'recall_weighted':
      return averagedScores(classes.classScores, 'weighted').recall;
    case 'f1_weighted':
      return averagedScores(classes.classScores, 'weighted').f1;
    case 'roc_auc':
      return macroAuc(classes.curves.map((curve) => curve?.auc ?? null));
    default:
      return undefined;
  }
}

export function linkOf(loss: LossConfig): Link {
  switch (loss.type) {
    case 'cross_entropy':
      return 'softmax';
    case 'nll':
      return 'exp';
    case 'bce_with_logits':
      return 'sigmoid';
    case 'mse':
    case 'mae':
    case 'huber':
      return 'identity';
  }
}

export function finiteOrNull(value: number): number | null {
  return Number.isFinite(value) ? value : null;
}
