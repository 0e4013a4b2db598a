/** What the built-in trainer measures, by name: the part of the data, then the measure. */
import type { Goal } from './spec.ts';

export type MetricPart = 'train' | 'val' | 'test';

const CLASS_MEASURES = [
  'accuracy',
  'error',
  'precision_macro',
  'recall_macro',
  'f1_macro',
  'precision_weighted',
  'recall_weighted',
  'f1_weighted',
  'roc_auc',
] as const;

const NUMBER_MEASURES = ['mse', 'mae', 'r2'] as const;

/** `top5_accuracy`: the share of rows whose class is among the five highest scores. */
export type TopAccuracy = `top${number}_accuracy`;
export type Measure = 'loss' | (typeof CLASS_MEASURES)[number] | (typeof NUMBER_MEASURES)[number] | TopAccuracy;

export interface MetricName {
  readonly part: MetricPart;
  /** The name without the part: `accuracy`, `top5_accuracy`. */
  readonly measure: Measure;
  /** The k of `topK_accuracy`, at least 2; null for every other measure. */
  readonly topK: number | null;
}

const TOP_ACCURACY = /^top([1-9]\d{0,5})_accuracy$/;
const LEAST_K = 2;

/** The part and measure that a name stands for; null where no trainer measures that. */
export function parseMetricName(name: string): MetricName | null {
  const cut = name.indexOf('_');
  const part = name.slice(0, cut);
  const measure = name.slice(cut + 1);
  if (part !== 'train' && part !== 'val' && part !== 'test') return null;
  if (measure === 'loss') return { part, measure, topK: null };
  if (isOneOf(CLASS_MEASURES, measure) || isOneOf(NUMBER_MEASURES, measure)) return { part, measure, topK: null };
  const topK = Number(TOP_ACCURACY.exec(measure)?.[1] ?? 0);
  return topK < LEAST_K ? null : { part, measure: measure as TopAccuracy, topK };
}

/** True where a measure can be taken of such data: `classes` many labels, or (null) numbers. */
export function isMeasurable({ measure, topK }: MetricName, classes: number | null): boolean {
  if (measure === 'loss') return true;
  if (isOneOf(NUMBER_MEASURES, measure)) return classes === null;
  return classes !== null && (topK === null || topK < classes);
}

/** Every measure of such data; of the accuracies of the top k only that of 5, or of all classes but one where fewer. */
export function measuresFor(classes: number | null): readonly Measure[] {
  if (classes === null) return ['loss', ...NUMBER_MEASURES];
  const top: readonly TopAccuracy[] = classes <= LEAST_K ? [] : [`top${Math.min(5, classes - 1)}_accuracy`];
  return ['loss', ...CLASS_MEASURES, ...top];
}

/** Every measure of every kind of data, with top5_accuracy for its whole family. */
export const ALL_MEASURES: readonly Measure[] = [...new Set([...measuresFor(1000), ...measuresFor(null)])];

/** Every metric of such data. */
export function metricNamesFor(classes: number | null): readonly string[] {
  return namesOf(measuresFor(classes));
}

/** Every metric of every kind of data. */
export const METRIC_NAMES: readonly string[] = namesOf(ALL_MEASURES);

function namesOf(measures: readonly Measure[]): readonly string[] {
  return ['train', 'val', 'test'].flatMap((part) => measures.map((measure) => `${part}_${measure}`));
}

/** The direction in which a metric gets better, by its name. */
export function naturalGoal(name: string): Goal {
  const measure = parseMetricName(name)?.measure;
  if (measure === undefined) return name.endsWith('accuracy') ? 'maximize' : 'minimize';
  return ['loss', 'error', 'mse', 'mae'].includes(measure) ? 'minimize' : 'maximize';
}

/** True where choosing by this metric means choosing on test data. */
export function isTestMetric(name: string): boolean {
  return name.startsWith('test_');
}

function isOneOf<Word extends string>(words: readonly Word[], word: string): word is Word {
  return (words as readonly string[]).includes(word);
}
