/** What a model said of rows whose class is known. */

export interface ScoredRows {
  /** `[rows, classes]` row-major: probabilities, or scores where no probability is meant. */
  readonly scores: Float64Array;
  readonly classes: number;
  /** Class index per row. */
  readonly labels: Int32Array;
}

/** How scores become probabilities: softmax over classes, exp of log probabilities, sigmoid each, or not at all. */
export type Link = 'softmax' | 'exp' | 'sigmoid' | 'identity';

/**
 * Class scores from a model's outputs, as probabilities where the loss means any, in double precision: single scores
 * saturate at 1 and tie. One output for two classes is the score of the second class.
 */
export function scoredRows(outputs: Float32Array, classes: number, labels: Int32Array, link: Link): ScoredRows {
  const rows = labels.length;
  const width = rows === 0 ? classes : outputs.length / rows;
  if (width !== classes && !(width === 1 && classes === 2)) {
    throw new RangeError(`${outputs.length} outputs are not ${rows} rows of ${classes} classes`);
  }
  const scores = new Float64Array(rows * classes);
  if (width === classes) {
    for (let i = 0; i < scores.length; i++) scores[i] = linked(outputs[i]!, link);
    if (link === 'softmax') for (let row = 0; row < rows; row++) softmax(scores, row * classes, classes);
  } else {
    for (let row = 0; row < rows; row++) {
      scores[2 * row + 1] = linked(outputs[row]!, link);
      scores[2 * row] = link === 'sigmoid' ? linked(-outputs[row]!, link) : 1 - scores[2 * row + 1]!;
    }
  }
  return { scores, classes, labels };
}

function linked(output: number, link: Link): number {
  switch (link) {
    case 'softmax':
    case 'identity':
      return output;
    case 'exp':
      return Math.exp(output);
    case 'sigmoid':
      return 1 / (1 + Math.exp(-output));
  }
}

function softmax(scores: Float64Array, from: number, count: number): void {
  let largest = Number.NEGATIVE_INFINITY;
  for (let i = from; i < from + count; i++) largest = Math.max(largest, scores[i]!);
  let sum = 0;
  for (let i = from; i < from + count; i++) {
    scores[i] = Math.exp(scores[i]! - largest);
    sum += scores[i]!;
  }
  for (let i = from; i < from + count; i++) scores[i] = scores[i]! / sum;
}

/** The class with the highest score of each row; the first of equal ones. */
export function predictedClasses({ scores, classes, labels }: ScoredRows): Int32Array {
  const predicted = new Int32Array(labels.length);
  for (let row = 0; row < labels.length; row++) {
    let best = 0;
    for (let c = 1; c < classes; c++) if (scores[row * classes + c]! > scores[row * classes + best]!) best = c;
    predicted[row] = best;
  }
  return predicted;
}
