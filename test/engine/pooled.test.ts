/** All elements of a pool's windows in one product: when it is done, and that it trains as onnxruntime's Conv does. */
import { describe, expect, it } from 'vitest';
import { BY_RULE, convKey } from '../../agent/engine/compile/lower/choice.ts';
import { pooledTogether } from '../../agent/engine/compile/lower/pooled.ts';
import { convShapes } from '../../agent/engine/compile/lower/structure-convs.ts';
import type { Windows } from '../../agent/engine/compile/lower/windows.ts';
import { compileTrainStep } from '../../agent/engine/compile/train-step.ts';
import { printGraph } from '../../agent/engine/ir/print.ts';
import type { Structure } from '../../agent/engine/port.ts';
import type { Conv2dConfig, LayerConfig } from '../../shared/sweep/train.ts';
import { lossesAndWeights } from './losses-and-weights.ts';
import { PLAIN_CONV, PLAIN_POOL, PLAIN_SGD, smallStructure } from './problems.ts';

const CONV: Conv2dConfig = { ...PLAIN_CONV, bias: false };
const MEAN: LayerConfig = { ...PLAIN_POOL, type: 'avg_pool2d', countIncludePad: true };

const structureOf = (inputShape: readonly number[], layers: readonly LayerConfig[]): Structure =>
  smallStructure({
    inputShape,
    layers: [...layers, { type: 'dense', units: 4 }],
    optimizer: { ...PLAIN_SGD, lr: 0.05, momentum: 0.9 },
    batchSize: 3,
  });

/** How many convolutions are placed by a product, forward. */
const placed = (structure: Structure): number =>
  printGraph(compileTrainStep(structure, structure.batchSize, 1).graph).match(/= MatMul\(/g)?.length ?? 0;

async function expectAsConv(structure: Structure): Promise<void> {
  const form = { forward: 'nchw', inputGrad: 'transposed' } as const;
  const chosen = new Map(convShapes(structure).map((shape) => [convKey(shape), form]));
  const expected = await lossesAndWeights(structure, { chosen });
  const found = await lossesAndWeights(structure, BY_RULE);
  found.forEach((value, i) => {
    expect(Math.abs(value - expected[i]!) / Math.abs(expected[i]!), `${value}, ${expected[i]}`).toBeLessThan(1e-5);
  });
}

describe('all elements of a pool in one product', () => {
  const windows = (kernel: number, stride: number, output: number): Windows => ({
    attrs: {
      layout: 'columns',
      kernel: [kernel, kernel],
      stride: [stride, stride],
      pads: [0, 0, 0, 0],
      dilation: [1, 1],
    },
    size: [(output - 1) * stride + kernel, (output - 1) * stride + kernel],
    output: [output, output],
  });
  const conv = (kernel: number, stride = 1, group = 1) => ({ windows: windows(kernel, stride, 8), group });
  const of = (channels: number, batch = 32) => ({ channels, batch });
  const halves = windows(2, 2, 4);

  it('pays with more outputs the larger the kernel is', () => {
    expect([12, 13].map((outputs) => pooledTogether(conv(3), halves, of(outputs)))).toEqual([true, false]);
    expect([24, 25].map((outputs) => pooledTogether(conv(5), halves, of(outputs)))).toEqual([true, false]);
    expect(pooledTogether(conv(1), halves, of(1))).toBe(false);
    expect(pooledTogether(conv(3), windows(1, 1, 8), of(1))).toBe(false);
  });

  it('takes windows that do not overlap, of a convolution without strides and groups', () => {
    expect(pooledTogether(conv(5), halves, of(6))).toBe(true);
    expect(pooledTogether(conv(5), windows(3, 2, 3), of(6))).toBe(false);
    expect(pooledTogether(conv(5, 2), halves, of(6))).toBe(false);
    expect(pooledTogether(conv(5, 1, 2), halves, of(6))).toBe(false);
  });

  it('is not for so few columns, nor for kernels so large, that placing takes longer than what it is for', () => {
    expect([1, 2].map((batch) => pooledTogether(conv(5), halves, of(6, batch)))).toEqual([false, true]);
    expect(pooledTogether(conv(31), windows(4, 4, 8), of(6))).toBe(false);
  });
});

describe('a convolution in front of a pool', () => {
  it.each<[string, number, readonly LayerConfig[]]>([
    [
      'one behind the other, with bias and ReLU',
      2,
      [
        { ...CONV, kernelSize: [2, 3], padding: [1, 2], bias: true, activation: 'relu' },
        { type: 'max_pool2d', kernelSize: [3, 2], stride: [3, 2], padding: [0, 0] },
        { ...CONV, outChannels: 2, kernelSize: [1, 2], bias: true, activation: 'relu' },
        PLAIN_POOL,
      ],
    ],
    ['many outputs of 5x5', 1, [{ ...CONV, outChannels: 20, kernelSize: [5, 5], padding: [2, 2] }, PLAIN_POOL]],
    ['a mean, whose share of the gradient goes to every element', 1, [CONV, MEAN]],
  ])('trains as onnxruntime has it: %s', async (_, count, layers) => {
    const structure = structureOf([9, 9], layers);
    // One that places each, and one that adds up its gradients.
    expect(placed(structure)).toBe(2 * count);
    await expectAsConv(structure);
  });

  it.each<[string, Partial<Conv2dConfig>, Partial<Conv2dConfig>]>([
    ['dilated', {}, { dilation: [2, 2] }],
    ['dilated, the other way round', { dilation: [2, 2] }, {}],
    ['in groups', {}, { groups: 2 }],
    ['of other kernels', { outChannels: 20, kernelSize: [5, 5] }, { outChannels: 20 }],
  ])('is told from its sibling on the same image, %s', async (_, one, other) => {
    const branch = (options: Partial<Conv2dConfig>): readonly LayerConfig[] => [
      { ...CONV, padding: 'same', ...options },
      PLAIN_POOL,
    ];
    await expectAsConv(
      structureOf(
        [2, 8, 8],
        [
          { ...CONV, outChannels: 2, kernelSize: [1, 1], padding: [0, 0], activation: 'tanh' },
          { type: 'concat', branches: [branch(one), branch(other)] },
        ],
      ),
    );
  });
});
