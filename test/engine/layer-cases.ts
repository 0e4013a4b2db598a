/** What every kind of layer is tried on. The table is mapped over the kinds: one without cases does not compile. */
import type { LayerConfig } from '../../shared/sweep/train.ts';

export interface LayerCase {
  readonly config: LayerConfig;
  readonly inputShape: readonly number[];
  /** Inputs are whole numbers below this, and there is no gradient by them. */
  readonly wholeBelow?: number;
  /** A composition without float64, whose gradient is checked where compositions are. */
  readonly composedInFloat32?: boolean;
  /** The result is linear in input and parameters, which are then checked in float32: random masks have no float64. */
  readonly linear?: boolean;
}

const at = (inputShape: readonly number[], ...configs: readonly LayerConfig[]): readonly LayerCase[] =>
  configs.map((config) => ({ config, inputShape }));

/** A layer of no options on features and on images. */
const plain = (...configs: readonly LayerConfig[]): readonly LayerCase[] => [
  ...at([5], ...configs),
  ...at([3, 2, 4], ...configs),
];

const CONV = {
  type: 'conv2d',
  outChannels: 4,
  kernelSize: [3, 2],
  stride: [1, 1],
  padding: [1, 0],
  dilation: [1, 1],
  groups: 1,
} as const;

const WINDOW = { kernelSize: [2, 2], stride: [2, 2], padding: [0, 0] } as const;
const NORM = { eps: 1e-3, momentum: 0.25 } as const;

export const LAYER_CASES: { readonly [T in LayerConfig['type']]: readonly LayerCase[] } = {
  dense: [
    ...at([5], { type: 'dense', units: 3 }, { type: 'dense', units: 3, bias: false, activation: 'tanh' }),
    ...at([2, 3], { type: 'dense', units: 4, activation: 'silu' }),
  ],
  conv2d: [
    ...at(
      [3, 5, 4],
      CONV,
      { ...CONV, bias: false, activation: 'elu' },
      { ...CONV, stride: [2, 2] },
      { ...CONV, padding: 'same' },
    ),
    ...at([6, 5], CONV),
    ...at([4, 5, 5], { ...CONV, groups: 2, dilation: [2, 1], activation: 'tanh' }),
  ],
  max_pool2d: at(
    [2, 4, 6],
    { type: 'max_pool2d', ...WINDOW },
    { type: 'max_pool2d', ...WINDOW, stride: [1, 2], padding: [1, 1] },
  ),
  avg_pool2d: at(
    [2, 4, 6],
    { type: 'avg_pool2d', ...WINDOW, countIncludePad: true },
    { type: 'avg_pool2d', ...WINDOW, padding: [1, 1], countIncludePad: true },
    { type: 'avg_pool2d', ...WINDOW, padding: [1, 1], countIncludePad: false },
  ),
  global_avg_pool: at([3, 2, 4], { type: 'global_avg_pool' }),
  global_max_pool: at([3, 2, 4], { type: 'global_max_pool' }),
  batch_norm: plain({ type: 'batch_norm', ...NORM, affine: true }, { type: 'batch_norm', ...NORM, affine: false }),
  layer_norm: plain({ type: 'layer_norm', eps: 1e-3, affine: true }, { type: 'layer_norm', eps: 1e-3, affine: false }),
  embedding: [{ config: { type: 'embedding', numEmbeddings: 6, embeddingDim: 3 }, inputShape: [4], wholeBelow: 6 }],
  add: [
    ...at([5], { type: 'add', branches: [[], [{ type: 'dense', units: 5, activation: 'tanh' }]] }),
    ...at([2, 3, 3], {
      type: 'add',
      branches: [
        [],
        [
          { ...CONV, outChannels: 2, kernelSize: [3, 3], padding: 'same' },
          { type: 'batch_norm', ...NORM, affine: true },
        ],
        [{ type: 'add', branches: [[{ type: 'silu' }], []] }],
      ],
    }),
  ],
  concat: [
    ...at([5], { type: 'concat', branches: [[{ type: 'dense', units: 2 }], [], [{ type: 'tanh' }]] }),
    ...at([2, 3, 3], {
      type: 'concat',
      branches: [[], [{ ...CONV, kernelSize: [3, 3], padding: 'same' }, { type: 'softplus' }]],
    }),
  ],
  dropout: plain({ type: 'dropout', rate: 0.5 }).map((each) => ({ ...each, linear: true })),
  flatten: plain({ type: 'flatten' }),
  relu: plain({ type: 'relu' }),
  leaky_relu: plain({ type: 'leaky_relu' }, { type: 'leaky_relu', negativeSlope: 0.3 }),
  elu: plain({ type: 'elu' }, { type: 'elu', alpha: 0.5 }),
  gelu: [
    ...plain({ type: 'gelu', approximate: 'tanh' }),
    ...plain({ type: 'gelu' }).map((each) => ({ ...each, composedInFloat32: true })),
  ],
  silu: plain({ type: 'silu' }),
  sigmoid: plain({ type: 'sigmoid' }),
  tanh: plain({ type: 'tanh' }),
  softplus: plain({ type: 'softplus' }),
  softmax: plain({ type: 'softmax' }),
  log_softmax: plain({ type: 'log_softmax' }),
};
