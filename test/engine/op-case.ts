/** How an op is tried: what goes in, what is built, what has to come out. */
import type { Builder } from '../../agent/engine/ir/graph.ts';
import type { DType, Value } from '../../agent/engine/ir/types.ts';
import type { Tensor } from './reference/tensor.ts';

/** An input drawn uniformly between two bounds; integers include both. `off` keeps values away from a kink. */
export interface CaseInput {
  readonly shape: readonly number[];
  readonly dtype: DType | 'float';
  readonly low: number;
  readonly high: number;
  readonly off?: number;
}

export interface OpCase {
  readonly inputs: readonly CaseInput[];
  readonly build: (b: Builder, x: readonly Value[]) => readonly Value[];
  readonly reference: (x: readonly Tensor[]) => readonly Tensor[];
  /** The element types in which it is run; float64 is what gradients are checked in. */
  readonly floats?: readonly ('float32' | 'float64')[];
}

export const float = (shape: readonly number[], low = -2, high = 2): CaseInput => ({
  shape,
  dtype: 'float',
  low,
  high,
});
export const offKink = (shape: readonly number[]): CaseInput => ({ ...float(shape), off: 0.1 });
export const ints = (shape: readonly number[], high: number, dtype: DType = 'int32'): CaseInput => ({
  shape,
  dtype,
  low: 0,
  high,
});

export const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);
export const average = (values: readonly number[]): number => sum(values) / values.length;
