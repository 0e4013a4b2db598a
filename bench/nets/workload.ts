/** The data of a benchmark network, the same for every engine: rows of bytes that can be learned, and their order. */
import type { Examples } from '../../agent/engine/index.ts';
import { deriveKey, draw32 } from '../../shared/kernel/random.ts';
import type { BenchNet } from './nets.ts';

export interface Workload {
  readonly train: Examples & { readonly features: Uint8Array; readonly labels: Int32Array };
  /** Rows of `epochSteps` batches. */
  readonly order: Int32Array;
}

/** Losses of the first steps are compared; of a large network, those of its one short epoch. */
const COMPARED_STEPS = 20;

export function comparedSteps({ epochSteps }: BenchNet): number {
  return Math.min(COMPARED_STEPS, epochSteps);
}

export function stepsPerRound({ epochSteps, epochsPerRound }: BenchNet): number {
  return epochSteps * epochsPerRound;
}

/**
 * As in handwritten digits, four values of five are blank. Half of a row repeats its class's own pattern, so that losses
 * fall; one label of eight is drawn afresh, so that they never reach zero, where arithmetic on denormal numbers is slow.
 */
export function makeWorkload({ structure: { inputShape, classes, batchSize }, rows, epochSteps }: BenchNet): Workload {
  const width = inputShape.reduce((product, dim) => product * dim, 1);
  const [value, pattern, mix, label, wrong, row] = ['value', 'pattern', 'mix', 'label', 'wrong', 'order'].map((name) =>
    deriveKey(1, name),
  ) as [number, number, number, number, number, number];
  const outputs = classes ?? 1;
  const features = new Uint8Array(rows * width);
  const labels = new Int32Array(rows);
  for (let at = 0; at < rows; at++) {
    const kind = draw32(label, at) % outputs;
    labels[at] = draw32(wrong, at) % 8 === 0 ? draw32(wrong, rows + at) % outputs : kind;
    for (let i = 0; i < width; i++) {
      const index = at * width + i;
      const draw = draw32(mix, index) % 2 === 0 ? draw32(pattern, kind * width + i) : draw32(value, index);
      features[index] = draw % 5 === 0 ? draw >>> 24 : 0;
    }
  }
  const order = Int32Array.from({ length: epochSteps * batchSize }, (_, i) => draw32(row, i) % rows);
  return { train: { features, labels, shape: inputShape, rows }, order };
}
