import { describe, expect, it } from 'vitest';
import type { Examples, ParameterTensor } from '../../../../agent/engine/port.ts';
import {
  classesEvaluation,
  type EvaluationSource,
  numbersEvaluation,
} from '../../../../agent/trainers/artifacts/evaluation-file.ts';
import { firstFilters } from '../../../../agent/trainers/artifacts/filters.ts';
import { largestResiduals } from '../../../../agent/trainers/artifacts/telling-rows.ts';
import { classFindings } from '../../../../agent/trainers/measures/class-findings.ts';
import { regressionScores } from '../../../../agent/trainers/measures/regression.ts';
import { scoredRows } from '../../../../agent/trainers/measures/scores.ts';
import { createPaint } from '../../../../cli/output/paint.ts';
import { evaluationLines } from '../../../../cli/reading/evaluation-lines.ts';

const terminal = { columns: 80, paint: createPaint(false) };

/** Images of one pixel: row r has the value 10 r. */
async function read(places: Int32Array): Promise<Examples> {
  const features = Uint8Array.from(places, (place) => 10 * place);
  return { features, shape: [1, 1], labels: new Int32Array(places.length), rows: places.length };
}

const source: EvaluationSource = {
  part: 'test',
  rows: 6,
  inputShape: [1, 1],
  loss: 0.5,
  parameters: [{ name: '0.weight', shape: [2, 1], values: Float32Array.from([0.5, -2]) }],
  examples: 2,
  read,
};

// Probability of class b, row by row; b is true in rows 3, 4 and 5.
const shares = [0.1, 0.4, 0.8, 0.9, 0.7, 0.2];
const labels = Int32Array.from([0, 0, 0, 1, 1, 1]);
const outputs = Float32Array.from(shares.flatMap((p) => [Math.log(1 - p), Math.log(p)]));
const findings = classFindings(scoredRows(outputs, 2, labels, 'softmax'));

const bytesOf = (base64: string) => [...Buffer.from(base64, 'base64')];

describe('the evaluation of classes', () => {
  it('has the confusion matrix, what follows from it, and the curves', async () => {
    const evaluation = await classesEvaluation(source, ['a', 'b'], findings);
    expect(evaluation).toMatchObject({ part: 'test', rows: 6, loss: 0.5, classes: ['a', 'b'], roc_auc_note: null });
    expect(evaluation.accuracy).toBeCloseTo(4 / 6, 12);
    expect(evaluation.confusion).toEqual([
      [2, 1],
      [1, 2],
    ]);
    expect(evaluation.per_class[1]).toMatchObject({ class: 'b', precision: 2 / 3, recall: 2 / 3, support: 3 });
    // Of nine pairs (a, b) six are in order.
    expect(evaluation.roc_auc).toBeCloseTo(6 / 9, 12);
    expect(evaluation.roc[1]).toEqual({
      class: 'b',
      false_positive_rates: [0, 0, 0.33333, 0.33333, 0.66667, 0.66667, 1],
      true_positive_rates: [0, 0.33333, 0.33333, 0.66667, 0.66667, 1, 1],
    });
    expect(JSON.parse(JSON.stringify(evaluation))).toEqual(evaluation);
  });

  it('shows the surest right and wrong rows with their inputs', async () => {
    const evaluation = await classesEvaluation(source, ['a', 'b'], findings);
    const told = (rows: typeof evaluation.worst_wrong) =>
      rows.map(({ row, truth, predicted, input }) => [row, truth, predicted, ...bytesOf(input.base64)]);
    // Rows 0 (a at 0.9) and 3 (b at 0.9) are the surest; rows 2 (b at 0.8) and 5 (a at 0.8) are wrong.
    expect(told(evaluation.most_confident_right).toSorted()).toEqual([
      [0, 'a', 'a', 0],
      [3, 'b', 'b', 30],
    ]);
    expect(told(evaluation.worst_wrong).toSorted()).toEqual([
      [2, 'a', 'b', 20],
      [5, 'b', 'a', 50],
    ]);
    expect(evaluation.worst_wrong[0]!.probability).toBeCloseTo(0.8, 6);
    expect(evaluation.worst_wrong[0]!.true_class_probability).toBeCloseTo(0.2, 6);
    expect(evaluation.worst_wrong[0]!.input).toMatchObject({ type: 'uint8', shape: [1, 1] });
  });

  it('has true classes as rows, means of both kinds, and the surest rows first', async () => {
    // One of four a is taken for b, as the only c is.
    const uneven = Int32Array.from([0, 0, 0, 0, 1, 2]);
    const sure = [0.7, 0.95, 0.8, 0.6, 0.85, 0.9];
    const scores = [0, 0, 0, 1, 1, 1].flatMap((guess, row) => [0, 1, 2].map((c) => (c === guess ? sure[row]! : 0)));
    const found = classFindings(scoredRows(Float32Array.from(scores), 3, uneven, 'identity'));
    const evaluation = await classesEvaluation({ ...source, examples: 3 }, ['a', 'b', 'c'], found);
    expect(evaluation.confusion).toEqual([
      [3, 1, 0],
      [0, 1, 0],
      [0, 1, 0],
    ]);
    expect(evaluation.macro.precision).toBeCloseTo((1 + 1 / 3 + 0) / 3, 12);
    expect(evaluation.macro.recall).toBeCloseTo((3 / 4 + 1 + 0) / 3, 12);
    expect(evaluation.weighted.precision).toBeCloseTo((4 + 1 / 3 + 0) / 6, 12);
    expect(evaluation.weighted.recall).toBeCloseTo((3 + 1 + 0) / 6, 12);
    expect(evaluation.most_confident_right.map(({ row }) => row)).toEqual([1, 4, 2]);
    expect(evaluation.worst_wrong.map(({ row }) => row)).toEqual([5, 3]);
    // Of rows that are equally sure those that come first.
    const level = classFindings(scoredRows(Float32Array.from(scores, Math.sign), 3, uneven, 'identity'));
    const first = await classesEvaluation({ ...source, examples: 1 }, ['a', 'b', 'c'], level);
    expect([...first.most_confident_right, ...first.worst_wrong].map(({ row }) => row)).toEqual([0, 3]);
    expect(evaluationLines(evaluation, terminal).slice(3, 7)).toEqual([
      'true  as a  as b  as c',
      'a        3     1     .',
      'b        .     1     .',
      'c        .     1     .',
    ]);
  });

  it('says why there is no area under the curve', async () => {
    const three = classFindings(scoredRows(new Float32Array(18), 3, labels, 'softmax'));
    const evaluation = await classesEvaluation(source, ['a', 'b', 'c'], three);
    expect(evaluation.roc_auc).toBeNull();
    expect(evaluation.roc_auc_note).toBe('no row is of class c, so it has no ROC curve');
    expect(evaluation.per_class.map((score) => score.roc_auc)).toEqual([0.5, 0.5, null]);
    const one = classFindings(scoredRows(new Float32Array(12), 2, new Int32Array(6), 'softmax'));
    expect((await classesEvaluation({ ...source, examples: 0 }, ['a', 'b'], one)).roc_auc_note).toBe(
      'no row is of class b, so it has no ROC curve',
    );
  });

  it('is a table in a terminal', async () => {
    const lines = evaluationLines(await classesEvaluation(source, ['a', 'b'], findings), terminal);
    expect(lines).toEqual([
      '',
      'on 6 test rows: accuracy 0.6667, macro F1 0.6667, ROC AUC 0.6667',
      '',
      'true  as a  as b',
      'a        2     1',
      'b        1     2',
      '',
      'class  precision  recall      f1  roc auc  rows',
      'a         0.6667  0.6667  0.6667   0.6667     3',
      'b         0.6667  0.6667  0.6667   0.6667     3',
    ]);
  });
});

it('of numbers has the rows that were missed by most', async () => {
  const targets = Float32Array.from([1, 2, 3, 4, 5, 6]);
  const predicted = Float32Array.from([1, 2.5, 3, 2, 5, 6.25]);
  const evaluation = await numbersEvaluation(source, regressionScores(predicted, targets, 1), predicted, targets);
  expect(evaluation).toMatchObject({ mae: 2.75 / 6, r2_note: null });
  const told = evaluation.largest_residuals.map(({ row, residual, input }) => [
    row,
    residual,
    ...bytesOf(input.base64),
  ]);
  expect(told).toEqual([
    [3, 2, 30],
    [1, 0.5, 10],
  ]);
  expect(evaluationLines(evaluation, terminal)[1]).toMatch(/^on 6 test rows: mse 0\.7188, mae 0\.4583, R2 /);
});

it('of several numbers a row counts the one that was missed by most', () => {
  const targets = Float32Array.from([1, 1, 2, 2, 3, 3]);
  const predicted = Float32Array.from([1, 1.5, 5, 2, 1, 2]);
  expect(largestResiduals(predicted, targets, 2, 2)).toEqual([
    { row: 1, predicted: [5, 2], target: [2, 2], residual: 3 },
    { row: 2, predicted: [1, 2], target: [3, 3], residual: 2 },
  ]);
});

describe('first-layer filters', () => {
  const tensor = (name: string, shape: readonly number[]): ParameterTensor => ({
    name,
    shape,
    values: Float32Array.from({ length: shape.reduce((a, b) => a * b, 1) }, (_, i) => i),
  });

  it('are kernels, or rows of weights in the shape of the image', () => {
    const kernels = firstFilters([tensor('0.weight', [2, 1, 3, 3]), tensor('0.bias', [2])], [28, 28])!;
    expect(kernels).toMatchObject({ parameter: '0.weight', total: 2, values: { shape: [2, 1, 3, 3] } });
    const rows = firstFilters([tensor('1.weight', [100, 12])], [3, 4])!;
    expect(rows).toMatchObject({ total: 100, values: { type: 'float32', shape: [64, 1, 3, 4] } });
    expect(Buffer.from(rows.values.base64, 'base64').readFloatLE(4 * 13)).toBe(13);
  });

  it('skip what has no weights to see, and are none where the input is no image', () => {
    const normalized = [tensor('0.weight', [1]), tensor('0.bias', [1]), tensor('1.weight', [4, 1, 2, 2])];
    expect(firstFilters(normalized, [4, 4])!.parameter).toBe('1.weight');
    expect(firstFilters([tensor('0.weight', [4, 8])], [8])).toBeNull();
    expect(firstFilters([tensor('0.weight', [1000, 16])], [28, 28])).toBeNull();
    expect(firstFilters([], [28, 28])).toBeNull();
  });
});
