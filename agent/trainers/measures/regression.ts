export interface RegressionScores {
  readonly mse: number;
  readonly mae: number;
  /** 1 - residual sum of squares / total sum of squares; null where the targets do not vary. */
  readonly r2: number | null;
}

/**
 * Errors of predicted numbers, averaged over rows and then outputs: scikit-learn `mean_squared_error`,
 * `mean_absolute_error`, `r2_score` (`uniform_average`). `outputs` numbers per row in both lists.
 */
export function regressionScores(
  predicted: Float32Array | Float64Array,
  targets: Float32Array | Float64Array,
  outputs: number,
): RegressionScores {
  const rows = targets.length / outputs;
  let squares = 0;
  let distances = 0;
  let r2Sum: number | null = 0;
  for (let output = 0; output < outputs; output++) {
    let mean = 0;
    for (let i = output; i < targets.length; i += outputs) mean += targets[i]! / rows;
    let residual = 0;
    let total = 0;
    for (let i = output; i < targets.length; i += outputs) {
      const error = predicted[i]! - targets[i]!;
      residual += error * error;
      distances += Math.abs(error);
      total += (targets[i]! - mean) ** 2;
    }
    squares += residual;
    r2Sum = r2Sum === null || total === 0 ? null : r2Sum + 1 - residual / total;
  }
  const count = rows * outputs;
  return { mse: squares / count, mae: distances / count, r2: r2Sum === null ? null : r2Sum / outputs };
}
