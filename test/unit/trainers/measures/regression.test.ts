import { expect, it } from 'vitest';
import { regressionScores } from '../../../../agent/trainers/measures/regression.ts';

it('averages the errors of predicted numbers', () => {
  // scikit-learn's own examples of mean_squared_error, mean_absolute_error and r2_score.
  const truth = Float64Array.from([3, -0.5, 2, 7]);
  const scores = regressionScores(Float64Array.from([2.5, 0, 2, 8]), truth, 1);
  expect(scores.mse).toBe(0.375);
  expect(scores.mae).toBe(0.5);
  expect(scores.r2).toBeCloseTo(0.9486081370449679, 14);
});

it('averages over several outputs', () => {
  const truth = Float64Array.from([0.5, 1, -1, 1, 7, -6]);
  const scores = regressionScores(Float64Array.from([0, 2, -1, 2, 8, -5]), truth, 2);
  expect(scores.mse).toBeCloseTo(0.7083333333333334, 14);
  expect(scores.mae).toBe(0.75);
  // Output 1: 1 - 1.25 / 36.1666..., output 2: 1 - 3 / 32.6666...
  expect(scores.r2).toBeCloseTo((1 - 1.25 / (217 / 6) + 1 - 3 / (98 / 3)) / 2, 14);
});

it('has no R2 where the targets do not vary', () => {
  expect(regressionScores(Float32Array.from([1, 2]), Float32Array.from([2, 2]), 1)).toEqual({
    mse: 0.5,
    mae: 0.5,
    r2: null,
  });
});
