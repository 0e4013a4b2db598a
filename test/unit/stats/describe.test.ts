import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { describeValues, pairedDiffer, twoSidedP, twoSidedQuantile } from '../../../shared/stats/index.ts';

/** Hours of sleep gained with two drugs by the same ten patients ("Student", Biometrika 6, 1908). */
const DRUG_1 = [0.7, -1.6, -0.2, -1.2, -0.1, 3.4, 3.7, 0.8, 0, 2];
const DRUG_2 = [1.9, 0.8, 1.1, 0.1, -0.1, 4.4, 5.5, 1.6, 4.6, 3.4];

describe("Student's t", () => {
  it.each([
    // The table of every textbook: two-sided 5 %, 1 % and 0.1 %.
    [1, 12.706, 63.657, 636.619],
    [2, 4.303, 9.925, 31.599],
    [3, 3.182, 5.841, 12.924],
    [4, 2.776, 4.604, 8.61],
    [5, 2.571, 4.032, 6.869],
    [9, 2.262, 3.25, 4.781],
    [10, 2.228, 3.169, 4.587],
    [20, 2.086, 2.845, 3.85],
    [30, 2.042, 2.75, 3.646],
    [60, 2, 2.66, 3.46],
    [120, 1.98, 2.617, 3.373],
  ])('quantiles with %i degrees of freedom', (freedom, five, one, tenth) => {
    expect(twoSidedQuantile(0.05, freedom)).toBeCloseTo(five, 3);
    expect(twoSidedQuantile(0.01, freedom)).toBeCloseTo(one, 3);
    expect(twoSidedQuantile(0.001, freedom)).toBeCloseTo(tenth, 3);
  });

  it('has the closed forms of one and two degrees of freedom', () => {
    for (const t of [0.01, 0.5, 1, 3, 40]) {
      expect(twoSidedP(t, 1)).toBeCloseTo(1 - (2 / Math.PI) * Math.atan(t), 12);
      expect(twoSidedP(t, 2)).toBeCloseTo(1 - t / Math.sqrt(2 + t * t), 12);
    }
  });

  it('inverts itself', () => {
    fc.assert(
      fc.property(
        fc.double({ min: 1e-6, max: 0.99, noNaN: true }),
        fc.integer({ min: 1, max: 500 }),
        (alpha, freedom) => {
          expect(twoSidedP(twoSidedQuantile(alpha, freedom), freedom)).toBeCloseTo(alpha, 10);
        },
      ),
    );
  });
});

describe('describeValues', () => {
  it('gives mean, sd, interval and median of the sleep data', () => {
    const gained = describeValues(DRUG_1.map((value, i) => (DRUG_2[i] as number) - value));
    expect(gained?.mean).toBeCloseTo(1.58, 10);
    expect(gained?.sd).toBeCloseTo(1.2299955, 6);
    expect(gained?.ci95?.[0]).toBeCloseTo(0.7001142, 6);
    expect(gained?.ci95?.[1]).toBeCloseTo(2.4598858, 6);
    expect(gained?.median).toBeCloseTo(1.3, 10);
  });

  it('knows what one value and no value can say', () => {
    expect(describeValues([3])).toEqual({ n: 1, mean: 3, sd: null, ci95: null, median: 3 });
    expect(describeValues([])).toBeNull();
  });

  it('keeps its digits where values are large and nearly equal', () => {
    expect(describeValues([1e9, 1e9 + 1, 1e9 + 2])?.sd).toBeCloseTo(1, 9);
  });
});

describe('pairedDiffer', () => {
  it('tells the two drugs apart, as a paired t of 4.06 with p 0.0028 does', () => {
    const differences = DRUG_1.map((value, i) => (DRUG_2[i] as number) - value);
    expect(pairedDiffer(differences)).toBe(true);
    expect(pairedDiffer(differences, 0.0029)).toBe(true);
    expect(pairedDiffer(differences, 0.0028)).toBe(false);
  });

  it('cannot tell noise around zero, or one pair', () => {
    expect(pairedDiffer([0.1, -0.1, 0.05, -0.06, 0])).toBe(false);
    expect(pairedDiffer([5])).toBeNull();
  });

  it('takes equal differences at their word', () => {
    expect(pairedDiffer([0, 0, 0])).toBe(false);
    expect(pairedDiffer([0.25, 0.25, 0.25])).toBe(true);
  });
});
