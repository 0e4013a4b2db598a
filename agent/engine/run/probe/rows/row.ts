/** How the tables of probes are written. */
import type { ElementType, FedInput, FixedInput, OneNode, ProbeAttribute } from '../one-node.ts';

export interface ProbeRow extends OneNode {
  /** `Gather uint8 by int32` */
  readonly need: string;
  /** Draws at random, so that its numbers compare with nothing. */
  readonly random?: true;
}

type Inputs = OneNode['inputs'];

export interface RowOptions {
  readonly attributes?: Readonly<Record<string, ProbeAttribute>>;
  readonly outputs?: OneNode['outputs'];
  readonly domain?: 'com.microsoft';
  readonly random?: true;
}

/** One row; the output is a float32 tensor where nothing else is said. */
export function row(op: string, variant: string, inputs: Inputs, options: RowOptions = {}): ProbeRow {
  return { outputs: ['float32'], ...options, op, inputs, need: variant === '' ? op : `${op} ${variant}` };
}

export const fed = (dtype: ElementType, shape: readonly number[], values?: readonly number[]): FedInput =>
  values === undefined ? { dtype, shape } : { dtype, shape, values };

export const f32 = (...shape: readonly number[]): FedInput => fed('float32', shape);

/** An int64 vector inside the model. */
export const int64s = (...fixed: readonly number[]): FixedInput => ({ dtype: 'int64', shape: [fixed.length], fixed });
