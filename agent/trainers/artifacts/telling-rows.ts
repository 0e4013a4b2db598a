import type { ClassFindings } from '../measures/class-findings.ts';

/** A row that shows what a model has learned, or has not. */
export interface TellingRow {
  /** Its place in the part, from 0. */
  readonly row: number;
  readonly truth: number;
  readonly predicted: number;
  /** Of the predicted class; a score where the loss knows no probabilities. */
  readonly probability: number;
}

export interface TellingRows {
  readonly mostConfidentRight: readonly TellingRow[];
  /** Wrong ones, the surest first. */
  readonly worstWrong: readonly TellingRow[];
}

export function tellingRows({ rows, predicted }: ClassFindings, most: number): TellingRows {
  const right: TellingRow[] = [];
  const wrong: TellingRow[] = [];
  for (let row = 0; row < predicted.length; row++) {
    const [truth, guess] = [rows.labels[row]!, predicted[row]!];
    const probability = rows.scores[row * rows.classes + guess]!;
    keepLargest(guess === truth ? right : wrong, { row, truth, predicted: guess, probability }, most);
  }
  return { mostConfidentRight: right, worstWrong: wrong };
}

/** The list stays sorted, largest first; of equal ones the earlier row stays. */
function keepLargest(kept: TellingRow[], candidate: TellingRow, most: number): void {
  if (kept.length === most && (most === 0 || candidate.probability <= kept[most - 1]!.probability)) return;
  const place = kept.findIndex(({ probability }) => probability < candidate.probability);
  kept.splice(place < 0 ? kept.length : place, 0, candidate);
  if (kept.length > most) kept.pop();
}

/** A row whose number was missed by far. */
export interface Residual {
  readonly row: number;
  readonly predicted: readonly number[];
  readonly target: readonly number[];
  /** Largest absolute difference over the outputs. */
  readonly residual: number;
}

export function largestResiduals(
  predicted: Float32Array,
  targets: Float32Array,
  outputs: number,
  most: number,
): readonly Residual[] {
  const sizes = Array.from({ length: targets.length / outputs }, (_, row) => {
    let size = 0;
    for (let i = row * outputs; i < (row + 1) * outputs; i++) {
      size = Math.max(size, Math.abs(predicted[i]! - targets[i]!));
    }
    return { row, size };
  });
  const numbersOf = (values: Float32Array, row: number) => [...values.subarray(row * outputs, (row + 1) * outputs)];
  return sizes
    .sort((a, b) => b.size - a.size || a.row - b.row)
    .slice(0, most)
    .map(({ row, size }) => ({
      row,
      predicted: numbersOf(predicted, row),
      target: numbersOf(targets, row),
      residual: size,
    }));
}
