import { describe, expect, it } from 'vitest';
import { macroAuc, rocCurve, thinnedCurve } from '../../../../agent/trainers/measures/roc.ts';
import type { ScoredRows } from '../../../../agent/trainers/measures/scores.ts';
import { deriveKey, drawUniform } from '../../../../shared/kernel/random.ts';

/** Two classes; `scores` are those of class 1. */
function binary(scores: readonly number[], labels: readonly number[]): ScoredRows {
  return { scores: Float64Array.from(scores.flatMap((p) => [1 - p, p])), classes: 2, labels: Int32Array.from(labels) };
}

describe('the ROC curve', () => {
  it('rises threshold by threshold', () => {
    // scikit-learn's own example: y [1, 1, 2, 2], scores [0.1, 0.4, 0.35, 0.8]: area 0.75.
    const curve = rocCurve(binary([0.1, 0.4, 0.35, 0.8], [0, 0, 1, 1]), 1)!;
    expect(curve.falsePositiveRates).toEqual([0, 0, 0.5, 0.5, 1]);
    expect(curve.truePositiveRates).toEqual([0, 0.5, 0.5, 1, 1]);
    expect(curve.auc).toBe(0.75);
    expect(rocCurve(binary([0.1, 0.4, 0.35, 0.8], [0, 0, 1, 1]), 0)!.auc).toBe(0.75);
  });

  it('makes one point of equal scores, which count half', () => {
    const curve = rocCurve(binary([0.5, 0.5, 0.5, 0.9], [0, 0, 1, 1]), 1)!;
    expect(curve.falsePositiveRates).toEqual([0, 0, 1]);
    expect(curve.truePositiveRates).toEqual([0, 0.5, 1]);
    expect(curve.auc).toBe(0.75);
    expect(rocCurve(binary([0.5, 0.5], [0, 1]), 1)!.auc).toBe(0.5);
  });

  it('has the area that counting pairs gives', () => {
    const rows = 200;
    const labels = Array.from({ length: rows }, (_, i) => (drawUniform(deriveKey('label'), i) < 0.3 ? 1 : 0));
    const scores = labels.map((label, i) => Math.round(20 * (drawUniform(deriveKey('score'), i) + 0.3 * label)) / 20);
    let wins = 0;
    let pairs = 0;
    for (let i = 0; i < rows; i++) {
      for (let j = 0; j < rows; j++) {
        if (labels[i] !== 1 || labels[j] !== 0) continue;
        pairs += 1;
        if (scores[i]! > scores[j]!) wins += 1;
        else if (scores[i] === scores[j]) wins += 0.5;
      }
    }
    expect(rocCurve(binary(scores, labels), 1)!.auc).toBeCloseTo(wins / pairs, 12);
  });

  it('is none where a class has no rows, all rows, or a score is NaN', () => {
    expect(rocCurve(binary([0.1, 0.2], [0, 0]), 1)).toBeNull();
    expect(rocCurve(binary([0.1, 0.2], [1, 1]), 1)).toBeNull();
    expect(rocCurve(binary([0.1, Number.NaN], [0, 1]), 1)).toBeNull();
  });

  it('averages over classes only where each has one', () => {
    expect(macroAuc([0.5, 1])).toBe(0.75);
    expect(macroAuc([0.5, null])).toBeNull();
  });

  it('keeps both ends and its shape where it is thinned', () => {
    const count = 5000;
    const labels = Array.from({ length: count }, (_, i) => i % 2);
    const scores = labels.map((label, i) => drawUniform(deriveKey('thin'), i) + 0.4 * label);
    const curve = rocCurve(binary(scores, labels), 1)!;
    const thin = thinnedCurve(curve, 200);
    expect(curve.falsePositiveRates.length).toBeGreaterThan(1000);
    expect(thin.falsePositiveRates.length).toBeLessThanOrEqual(200);
    expect(thin.falsePositiveRates.length).toBeGreaterThan(150);
    const ends = ({ falsePositiveRates: x, truePositiveRates: y }: typeof thin) => [x[0], y[0], x.at(-1), y.at(-1)];
    expect(ends(thin)).toEqual([0, 0, 1, 1]);
    let area = 0;
    const { falsePositiveRates: x, truePositiveRates: y } = thin;
    for (let i = 1; i < x.length; i++) area += ((x[i]! - x[i - 1]!) * (y[i]! + y[i - 1]!)) / 2;
    expect(area).toBeCloseTo(curve.auc, 3);
    expect(thinnedCurve(thin, 200)).toBe(thin);
  });
});
