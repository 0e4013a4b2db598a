/** What a graph is compiled for: the kernels and habits of one execution provider of onnxruntime. */
import type { Layout } from '../nn/layer.ts';
import type { Lowering } from './lower/choice.ts';

export type Provider = 'cpu' | 'cuda' | 'webgpu';

export interface Target {
  readonly provider: Provider;
  /** Where the batch stands while a model computes. */
  readonly layout: Layout;
  /** Without the op Loop, the steps of a run are written out one after another. */
  readonly loops: boolean;
  /** Whether there are kernels for BitShift and BitwiseXor. */
  readonly bitOps: boolean;
  /** Whether the CPU's large weight steps add where the momentum buffer lies; default yes. */
  readonly addsInPlace?: boolean;
  /** How convolutions are computed in columns; default: by rule. */
  readonly lowering?: Lowering;
}

export const targets = {
  cpu: { provider: 'cpu', layout: 'columns', loops: true, bitOps: true },
  cuda: { provider: 'cuda', layout: 'rows', loops: true, bitOps: false },
  webgpu: { provider: 'webgpu', layout: 'rows', loops: false, bitOps: false },
} as const satisfies { readonly [P in Provider]: Target };
