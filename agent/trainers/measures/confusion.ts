/** `counts[truth * classes + predicted]`: rows of class `truth` that were taken for `predicted`. */
export interface ConfusionMatrix {
  readonly classes: number;
  readonly counts: Int32Array;
}

/** Rows are true classes, columns predicted ones (scikit-learn `confusion_matrix`). */
export function confusionMatrix(labels: Int32Array, predicted: Int32Array, classes: number): ConfusionMatrix {
  const counts = new Int32Array(classes * classes);
  for (let row = 0; row < labels.length; row++) counts[labels[row]! * classes + predicted[row]!]! += 1;
  return { classes, counts };
}

export function accuracyOf({ classes, counts }: ConfusionMatrix): number {
  let right = 0;
  let all = 0;
  for (let i = 0; i < counts.length; i++) {
    all += counts[i]!;
    if (i % (classes + 1) === 0) right += counts[i]!;
  }
  return right / all;
}
