/** `evaluation.json`: what a trained model does on rows it did not learn from; field names are a contract. */
import type { Examples, ParameterTensor } from '../../engine/port.ts';
import type { ClassFindings } from '../measures/class-findings.ts';
import { accuracyOf } from '../measures/confusion.ts';
import { averagedScores } from '../measures/per-class.ts';
import { macroAuc, type RocCurve, thinnedCurve } from '../measures/roc.ts';
import { encodeTensor, shortNumber } from './encoded-tensor.ts';
import { type Filters, firstFilters } from './filters.ts';
import { largestResiduals, type TellingRow, tellingRows } from './telling-rows.ts';

export interface EvaluationSource {
  readonly part: 'val' | 'test';
  readonly rows: number;
  readonly inputShape: readonly number[];
  readonly loss: number;
  readonly parameters: readonly ParameterTensor[];
  /** How many rows of each kind are shown. */
  readonly examples: number;
  /** The rows at these places, in that order. */
  readonly read: (places: Int32Array) => Promise<Examples>;
}

export const EVALUATION_FORMAT = 'sower evaluation 1';

/** Points of one curve, and of all together: a thousand classes would make a file of megabytes. */
const CURVE_POINTS = 200;
const ALL_POINTS = 20_000;

interface Head {
  readonly format: string;
  readonly part: 'val' | 'test';
  readonly rows: number;
  readonly loss: number;
  readonly filters: Filters | null;
}

/** What the file says of a model that tells classes apart. */
export type ClassesEvaluation = Awaited<ReturnType<typeof classesEvaluation>>;

/** The same of one that predicts numbers. */
export type NumbersEvaluation = Awaited<ReturnType<typeof numbersEvaluation>>;

export async function classesEvaluation(source: EvaluationSource, names: readonly string[], findings: ClassFindings) {
  const { confusion, classScores, curves, rows } = findings;
  const points = Math.max(20, Math.min(CURVE_POINTS, Math.floor(ALL_POINTS / names.length)));
  const nameOf = (c: number) => names[c] ?? String(c);
  const telling = tellingRows(findings, source.examples);
  const shown = [...telling.mostConfidentRight, ...telling.worstWrong];
  const images = await imagesOf(source, shown);
  const example = (told: TellingRow, i: number) => ({
    row: told.row,
    truth: nameOf(told.truth),
    predicted: nameOf(told.predicted),
    probability: told.probability,
    true_class_probability: rows.scores[told.row * rows.classes + told.truth]!,
    input: images[i]!,
  });
  return {
    ...headOf(source),
    classes: names,
    accuracy: accuracyOf(confusion),
    confusion: names.map((_, truth) => [
      ...confusion.counts.subarray(truth * confusion.classes, (truth + 1) * confusion.classes),
    ]),
    per_class: classScores.map((score, c) => ({ class: nameOf(c), ...score, roc_auc: curves[c]?.auc ?? null })),
    macro: averagedScores(classScores, 'macro'),
    weighted: averagedScores(classScores, 'weighted'),
    roc_auc: macroAuc(curves.map((curve) => curve?.auc ?? null)),
    roc_auc_note: noteOf(
      classScores.map(({ support }) => support),
      source.rows,
      nameOf,
    ),
    roc: curves.map((curve, c) => ({ class: nameOf(c), ...pointsOf(curve, points) })),
    most_confident_right: telling.mostConfidentRight.map(example),
    worst_wrong: telling.worstWrong.map((told, i) => example(told, telling.mostConfidentRight.length + i)),
  };
}

export async function numbersEvaluation(
  source: EvaluationSource,
  scores: { readonly mse: number; readonly mae: number; readonly r2: number | null },
  predicted: Float32Array,
  targets: Float32Array,
) {
  const residuals = largestResiduals(predicted, targets, targets.length / source.rows, source.examples);
  const images = await imagesOf(source, residuals);
  return {
    ...headOf(source),
    ...scores,
    r2_note: scores.r2 === null ? 'the numbers to predict do not vary' : null,
    largest_residuals: residuals.map((residual, i) => ({ ...residual, input: images[i]! })),
  };
}

function headOf({ part, rows, loss, parameters, inputShape }: EvaluationSource): Head {
  return { format: EVALUATION_FORMAT, part, rows, loss, filters: firstFilters(parameters, inputShape) };
}

/** Raw inputs of the rows that are shown. */
async function imagesOf({ read, inputShape }: EvaluationSource, shown: readonly { readonly row: number }[]) {
  if (shown.length === 0) return [];
  const { features } = await read(Int32Array.from(shown, ({ row }) => row));
  const length = features.length / shown.length;
  return shown.map((_, i) => encodeTensor(features.subarray(i * length, (i + 1) * length), inputShape));
}

function pointsOf(curve: RocCurve | null, most: number) {
  if (curve === null) return { false_positive_rates: [], true_positive_rates: [] };
  const { falsePositiveRates, truePositiveRates } = thinnedCurve(curve, most);
  return {
    false_positive_rates: falsePositiveRates.map(shortNumber),
    true_positive_rates: truePositiveRates.map(shortNumber),
  };
}

/** Why there is no mean area, null where there is one. */
function noteOf(supports: readonly number[], rows: number, nameOf: (c: number) => string): string | null {
  const absent = supports.indexOf(0);
  if (absent >= 0) return `no row is of class ${nameOf(absent)}, so it has no ROC curve`;
  const only = supports.indexOf(rows);
  return only >= 0 ? `every row is of class ${nameOf(only)}, so there is no ROC curve` : null;
}
