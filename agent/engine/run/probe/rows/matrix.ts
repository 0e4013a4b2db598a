/** Matrix products, convolutions, pools, normalisations, recurrent cells. */
import { f32, fed, type ProbeRow, row } from './row.ts';

const IMAGE = f32(2, 4, 6, 6);
const KERNEL = f32(8, 4, 3, 3);
const window = { kernel_shape: [2, 2], strides: [2, 2] };
const perChannel = f32(4);

const products: readonly ProbeRow[] = [
  row('MatMul', '', [f32(4, 6), f32(6, 3)]),
  row('MatMul', 'batched', [f32(2, 4, 6), f32(2, 6, 3)]),
  row('MatMul', 'float16', [fed('float16', [4, 6]), fed('float16', [6, 3])], { outputs: ['float16'] }),
  row('MatMul', 'float64', [fed('float64', [4, 6]), fed('float64', [6, 3])], { outputs: ['float64'] }),
  row('Gemm', '', [f32(4, 6), f32(6, 3)]),
  row('Gemm', 'transposed, alpha, beta, C', [f32(6, 4), f32(3, 6), f32(4, 3)], {
    attributes: { transA: 1, transB: 1, alpha: { float: 0.5 }, beta: { float: 0.9 } },
  }),
  row('Gemm', 'float64', [fed('float64', [4, 6]), fed('float64', [6, 3])], { outputs: ['float64'] }),
  row('Einsum', '', [f32(4, 6), f32(6, 3)], { attributes: { equation: 'ij,jk->ik' } }),
  row('FusedMatMul', 'com.microsoft', [f32(6, 4), f32(6, 3)], {
    domain: 'com.microsoft',
    attributes: { transA: 1 },
  }),
  row('FusedConv', 'com.microsoft', [f32(1, 6, 4), f32(3, 6, 1), null, f32(1, 3, 4)], {
    domain: 'com.microsoft',
    attributes: { kernel_shape: [1] },
  }),
];

const convolutions: readonly ProbeRow[] = [
  row('Conv', '', [IMAGE, KERNEL]),
  row('Conv', 'bias, padding', [IMAGE, KERNEL, f32(8)], { attributes: { pads: [1, 1, 1, 1] } }),
  row('Conv', 'stride', [IMAGE, KERNEL], { attributes: { strides: [2, 2] } }),
  row('Conv', 'dilation', [IMAGE, KERNEL], { attributes: { dilations: [2, 2] } }),
  row('Conv', 'groups', [IMAGE, f32(8, 1, 3, 3)], { attributes: { group: 4 } }),
  row('Conv', 'float16', [fed('float16', [2, 4, 6, 6]), fed('float16', [8, 4, 3, 3])], { outputs: ['float16'] }),
  row('Conv', 'float64', [fed('float64', [2, 4, 6, 6]), fed('float64', [8, 4, 3, 3])], { outputs: ['float64'] }),
  row('ConvTranspose', '', [f32(2, 8, 4, 4), KERNEL]),
  row('ConvTranspose', 'stride, output padding', [f32(2, 8, 4, 4), KERNEL], {
    attributes: { strides: [2, 2], output_padding: [1, 1] },
  }),
  row('ConvTranspose', 'groups', [f32(2, 8, 4, 4), f32(8, 2, 3, 3)], { attributes: { group: 2 } }),
  row('ConvTranspose', 'groups of one output, stride', [f32(2, 16, 4, 4), f32(16, 1, 2, 2)], {
    attributes: { group: 4, strides: [2, 2] },
  }),
  row('ConvTranspose', 'depthwise', [f32(2, 8, 4, 4), f32(8, 1, 3, 3)], { attributes: { group: 8 } }),
];

const pools: readonly ProbeRow[] = [
  row('MaxPool', '', [IMAGE], { attributes: window }),
  row('MaxPool', 'indices', [IMAGE], { attributes: window, outputs: ['float32', 'int64'] }),
  row('MaxUnpool', '', [f32(1, 1, 2, 2), fed('int64', [1, 1, 2, 2], [0, 2, 9, 15])], { attributes: window }),
  row('AveragePool', '', [IMAGE], { attributes: window }),
  row('AveragePool', 'padding counted', [IMAGE], {
    attributes: { ...window, pads: [1, 1, 1, 1], count_include_pad: 1 },
  }),
  row('GlobalAveragePool', '', [IMAGE]),
  row('GlobalMaxPool', '', [IMAGE]),
];

const normalisations: readonly ProbeRow[] = [
  row('BatchNormalization', 'inference', [IMAGE, perChannel, perChannel, perChannel, perChannel]),
  row('BatchNormalization', 'training', [IMAGE, perChannel, perChannel, perChannel, perChannel], {
    attributes: { training_mode: 1 },
    outputs: ['float32', 'float32', 'float32'],
  }),
  row('LayerNormalization', '', [f32(4, 6), f32(6), f32(6)]),
  row('LayerNormalization', 'mean and deviation', [f32(4, 6), f32(6), f32(6)], {
    outputs: ['float32', 'float32', 'float32'],
  }),
  row('InstanceNormalization', '', [IMAGE, perChannel, perChannel]),
  row('GroupNormalization', '', [IMAGE, f32(2), f32(2)], { attributes: { num_groups: 2 } }),
  row('Dropout', 'training', [f32(4, 6), { dtype: 'float32', shape: [], fixed: [0.5] }, fed('bool', [], [1])], {
    random: true,
  }),
];

const recurrent: readonly ProbeRow[] = [
  row('LSTM', '', [f32(3, 2, 4), f32(1, 20, 4), f32(1, 20, 5)], { attributes: { hidden_size: 5 } }),
  row('GRU', '', [f32(3, 2, 4), f32(1, 15, 4), f32(1, 15, 5)], { attributes: { hidden_size: 5 } }),
];

export const matrixRows: readonly ProbeRow[] = [
  ...products,
  ...convolutions,
  ...pools,
  ...normalisations,
  ...recurrent,
];
