import { describe, expect, it } from 'vitest';
import { accuracyOf, confusionMatrix } from '../../../../agent/trainers/measures/confusion.ts';
import { averagedScores, classScores } from '../../../../agent/trainers/measures/per-class.ts';
import { predictedClasses, scoredRows } from '../../../../agent/trainers/measures/scores.ts';
import { topKAccuracy } from '../../../../agent/trainers/measures/top-k.ts';

const labels = Int32Array.from([0, 0, 0, 0, 1, 1, 1, 2, 2, 2]);
const predicted = Int32Array.from([0, 0, 1, 2, 1, 1, 0, 2, 2, 1]);

describe('scores', () => {
  it('become probabilities by the link of the loss', () => {
    const outputs = Float32Array.from([0, Math.log(3), 1000, 0]);
    const { scores } = scoredRows(outputs, 2, Int32Array.from([1, 0]), 'softmax');
    expect(scores[0]).toBeCloseTo(0.25, 7);
    expect(scores[1]).toBeCloseTo(0.75, 7);
    expect([...scores.subarray(2)]).toEqual([1, 0]);
    const logs = scoredRows(Float32Array.from([Math.log(0.5), Math.log(0.25)]), 2, Int32Array.from([0]), 'exp');
    expect(logs.scores[0]).toBeCloseTo(0.5, 7);
    expect([...scoredRows(Float32Array.from([0, 2]), 2, Int32Array.from([0]), 'identity').scores]).toEqual([0, 2]);
  });

  it('are those of both classes where a model has one output for two', () => {
    const single = scoredRows(Float32Array.from([0, 2, -200]), 2, Int32Array.from([0, 1, 0]), 'sigmoid');
    expect([...single.scores.subarray(0, 2)]).toEqual([0.5, 0.5]);
    expect(single.scores[3]).toBeCloseTo(0.8807970779778823, 14);
    expect(single.scores[4]).toBe(1);
    expect(single.scores[5]).toBeGreaterThan(0);
    expect([...predictedClasses(single)]).toEqual([0, 1, 0]);
  });

  it('refuse outputs of another width', () => {
    expect(() => scoredRows(new Float32Array(3), 2, new Int32Array(2), 'softmax')).toThrow('not 2 rows of 2 classes');
  });

  it('give the first of equal ones', () => {
    const even = scoredRows(Float32Array.from([1, 1, 1, 0, 2, 2]), 3, Int32Array.from([0, 1]), 'identity');
    expect([...predictedClasses(even)]).toEqual([0, 1]);
  });
});

describe('the confusion matrix', () => {
  const matrix = confusionMatrix(labels, predicted, 3);

  it('has true classes as rows and predicted ones as columns', () => {
    expect([...matrix.counts]).toEqual([2, 1, 1, 1, 2, 0, 0, 1, 2]);
    expect(accuracyOf(matrix)).toBe(0.6);
  });

  it('gives precision, recall and F1 of each class', () => {
    expect(classScores(matrix)).toEqual([
      { precision: 2 / 3, recall: 0.5, f1: 4 / 7, support: 4, predicted: 3 },
      { precision: 0.5, recall: 2 / 3, f1: 4 / 7, support: 3, predicted: 4 },
      { precision: 2 / 3, recall: 2 / 3, f1: 2 / 3, support: 3, predicted: 3 },
    ]);
  });

  it('gives their means, plain and weighted by rows', () => {
    const scores = classScores(matrix);
    const macro = averagedScores(scores, 'macro');
    expect(macro.precision).toBeCloseTo((2 / 3 + 1 / 2 + 2 / 3) / 3, 15);
    expect(macro.recall).toBeCloseTo((1 / 2 + 2 / 3 + 2 / 3) / 3, 15);
    expect(macro.f1).toBeCloseTo((4 / 7 + 4 / 7 + 2 / 3) / 3, 15);
    const weighted = averagedScores(scores, 'weighted');
    expect(weighted.precision).toBeCloseTo(0.4 * (2 / 3) + 0.3 * 0.5 + 0.3 * (2 / 3), 15);
    expect(weighted.recall).toBeCloseTo(0.6, 15);
    expect(weighted.f1).toBeCloseTo(0.4 * (4 / 7) + 0.3 * (4 / 7) + 0.3 * (2 / 3), 15);
  });

  it('counts 0 where a class is never predicted, and leaves out one that nowhere occurs', () => {
    const scores = classScores(confusionMatrix(Int32Array.from([0, 1]), Int32Array.from([0, 0]), 3));
    expect(scores[1]).toEqual({ precision: 0, recall: 0, f1: 0, support: 1, predicted: 0 });
    expect(averagedScores(scores, 'macro')).toEqual({ precision: 0.25, recall: 0.5, f1: 1 / 3 });
  });
});

describe('top-k accuracy', () => {
  const scored = (values: readonly number[], truth: readonly number[]) =>
    scoredRows(Float32Array.from(values), values.length / truth.length, Int32Array.from(truth), 'identity');

  it('counts rows whose class is among the k best', () => {
    // scikit-learn's own example: y_true [0, 1, 2, 2], k = 2.
    const rows = scored([0.5, 0.2, 0.2, 0.3, 0.4, 0.2, 0.2, 0.4, 0.3, 0.7, 0.2, 0.1], [0, 1, 2, 2]);
    expect(topKAccuracy(rows, 2)).toBe(0.75);
    expect(topKAccuracy(rows, 1)).toBe(0.5);
    expect(topKAccuracy(rows, 3)).toBe(1);
  });

  it('ranks the first of equal scores higher, as accuracy does', () => {
    const rows = scored([1, 1, 1, 1, 1, 1], [0, 2]);
    expect([1, 2, 3].map((k) => topKAccuracy(rows, k))).toEqual([0.5, 0.5, 1]);
    expect(topKAccuracy(rows, 1)).toBe(accuracyOf(confusionMatrix(rows.labels, predictedClasses(rows), 3)));
  });

  it('never finds a class whose score is NaN', () => {
    expect(topKAccuracy(scored([Number.NaN, 1], [0]), 1)).toBe(0);
  });
});
