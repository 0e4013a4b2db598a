/**
 * What a compiled graph takes and gives, as plain data: enough to feed it without knowing layers or optimizers. Inputs
 * and outputs stand in the graph's order; the state a chunk leaves behind (`next/0.weight`) feeds the next chunk's input
 * of the same role.
 */
import type { Graph } from '../ir/op.ts';
import type { TensorType } from '../ir/types.ts';

export type InputRole =
  /** Raw rows `[rows, features]` as the data set stores them. */
  | { readonly kind: 'data' }
  /** Class per row, int32 `[rows]`, or numbers to predict, float32 `[rows, outputs]`. */
  | { readonly kind: 'labels' }
  /** Rows of each batch, int32 `[trips, batches per trip, batch]`. */
  | { readonly kind: 'order' }
  /** Rows of the shorter batch at the end of each trip, int32 `[trips, 1, rows]`. */
  | { readonly kind: 'last_order' }
  /** How often the loop runs: trips of a chunk, blocks of an evaluation. int64 scalar. */
  | { readonly kind: 'trips' }
  /** Rows to evaluate, int32 scalar; the last block may be part empty. */
  | { readonly kind: 'row_count' }
  /** Batches done before this chunk, uint32 scalar. */
  | { readonly kind: 'step' }
  /** float32 scalar; its value is `hyperValues(...)[name]`. */
  | { readonly kind: 'hyper'; readonly name: string }
  /** float32 `[trips, steps per trip]`; values are `movingValues(...)[name]` of each step. */
  | { readonly kind: 'moving'; readonly name: string }
  /** float32 `[trips]`, or a scalar where a trip is one step: a power of two that slots are multiplied by before the trip, or the run. */
  | { readonly kind: 'carry' }
  /** uint32 scalar `deriveKey(seed, ...causes)`. */
  | { readonly kind: 'key'; readonly causes: readonly (string | number)[] }
  /** A parameter or an optimizer slot, by name. */
  | { readonly kind: 'state'; readonly name: string }
  /** The exported graph's raw rows. */
  | { readonly kind: 'examples' };

export type OutputRole =
  | { readonly kind: 'state'; readonly name: string }
  /** Mean loss of each batch, `[trips, batches per trip]`; no trip follows one with a loss that is not finite. */
  | { readonly kind: 'losses' }
  /** Sum of squares over all parameters, scalar: not finite where one of them is not. */
  | { readonly kind: 'norm' }
  /** Sum of the loss over the rows of each block, `[blocks]`. */
  | { readonly kind: 'loss_sums' }
  /** What to divide it by, `[blocks]`: the sum of the rows' weights. Only where the loss has any; else it is the rows. */
  | { readonly kind: 'loss_weights' }
  /** Rows classified correctly in each block, float32 `[blocks]`; not where numbers are predicted. */
  | { readonly kind: 'correct' }
  /** `[blocks, blockRows, classes]`: row-major over rows, padded at the end; the exported graph has `[batch, classes]`. */
  | { readonly kind: 'logits' }
  /** Of an exported model: `[batch, classes]`. */
  | { readonly kind: 'probabilities' }
  /** Of an exported model of numbers, in place of the two: `[batch, outputs]`. */
  | { readonly kind: 'predictions' };

export interface Port<Role> extends TensorType {
  readonly name: string;
  readonly role: Role;
}

export interface Signature {
  readonly inputs: readonly Port<InputRole>[];
  readonly outputs: readonly Port<OutputRole>[];
}

/** A graph ready to be written: checked, named, with the lowest opset it may be declared with. */
export interface CompiledGraph {
  readonly graph: Graph;
  readonly signature: Signature;
  readonly opset: number;
}

/** A tensor that training carries from step to step. */
export interface StateTensor {
  /** `0.weight`, or `0.weight/square_sum` for an optimizer slot. */
  readonly name: string;
  /** A buffer is a running statistic: PyTorch's word. */
  readonly kind: 'parameter' | 'buffer' | 'slot';
  /** As the graph wants it. */
  readonly graphShape: readonly number[];
  /** As PyTorch has it: the same elements in the same order. */
  readonly shape: readonly number[];
}
