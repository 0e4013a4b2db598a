/** Columns that number the rows of a table. */

/** Beyond as many rows the different values are not kept: ids of float32 repeat from 2^24 on anyway. */
const MOST_KEPT = 2 ** 20;

/** Share of the numbers from the least to the greatest that must be there: others may be rows of other parts. */
const FILLED = 0.5;

export interface StepTally {
  add(value: number): void;
  /** Null unless the values are whole, all different, and most of an even sequence; the order does not matter. */
  step(): number | null;
}

/** Finds the even step between the values of a column that are read one by one, none of them NaN. */
export function stepTally(): StepTally {
  const seen = new Set<number>();
  let [possible, step, first] = [true, 0, 0];
  let [least, greatest] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  return {
    add(value) {
      if (!possible) return;
      if (!Number.isInteger(value) || seen.has(value) || seen.size === MOST_KEPT) {
        possible = false;
        seen.clear();
        return;
      }
      if (seen.size === 0) first = value;
      seen.add(value);
      step = greatestCommonDivisor(step, Math.abs(value - first));
      least = Math.min(least, value);
      greatest = Math.max(greatest, value);
    },
    step() {
      if (!possible || step === 0) return null;
      return seen.size >= FILLED * ((greatest - least) / step + 1) ? step : null;
    },
  };
}

function greatestCommonDivisor(a: number, b: number): number {
  let [large, small] = [a, b];
  while (small > 0) [large, small] = [small, large % small];
  return large;
}
