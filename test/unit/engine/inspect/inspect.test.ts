import { describe, expect, it } from 'vitest';
import { stepFlops } from '../../../../agent/engine/compile/step-flops.ts';
import { inspectStructure } from '../../../../agent/engine/inspect/inspect-structure.ts';
import type { Structure } from '../../../../agent/engine/port.ts';
import type { LayerConfig } from '../../../../shared/sweep/train.ts';

const conv = (outChannels: number, groups = 1): LayerConfig => ({
  type: 'conv2d',
  outChannels,
  kernelSize: [3, 3],
  stride: [1, 1],
  padding: 'same',
  dilation: [1, 1],
  groups,
  activation: 'relu',
});

const structure = (layers: readonly LayerConfig[]): Structure => ({
  inputShape: [2, 6, 6],
  inputType: 'float32',
  classes: 3,
  layers,
  loss: { type: 'cross_entropy' },
  optimizer: { type: 'sgd', lr: 0.1, momentum: 0.9, nesterov: false, weightDecay: 0 },
  batchSize: 4,
  preprocessing: { shift: 0, scale: 1 },
});

describe('the work of a training step', () => {
  it('is forward and the weight gradient of the first layer, and the input gradient too of those behind it', () => {
    const [first, second, third] = [2 * 36 * 4 * 2 * 9, 2 * 36 * 6 * 2 * 9, 2 * 6 * 36 * 3];
    const layers = [conv(4), conv(6, 2), { type: 'dense', units: 3 } as const];
    expect(stepFlops(structure(layers))).toBe(4 * (2 * first + 3 * second + 3 * third));
  });

  it('counts the layers of branches, none of which has to hand a gradient to the data', () => {
    const branch = 2 * 36 * 2 * 2 * 9;
    const layers: readonly LayerConfig[] = [
      { type: 'add', branches: [[], [conv(2)], [conv(2)]] },
      { type: 'dense', units: 3 },
    ];
    expect(stepFlops(structure(layers))).toBe(4 * (2 * branch + 2 * branch + 3 * 2 * 72 * 3));
  });
});

describe('the report of a structure', () => {
  const layers = [conv(4), { type: 'dropout', rate: 0.5 } as const, { type: 'dense', units: 3 } as const];
  const report = inspectStructure(structure(layers));

  it('has the shapes and parameters of each layer, and how convolutions are computed', () => {
    const form = { forward: 'im2col', inputGrad: 'flipped' };
    expect(report.layers).toEqual([
      { name: '0', type: 'conv2d', outputShape: [4, 6, 6], parameters: 76, flops: 5184, form },
      { name: '1', type: 'dropout', outputShape: [4, 6, 6], parameters: 0, flops: 0, form: null },
      { name: '2', type: 'dense', outputShape: [3], parameters: 435, flops: 864, form: null },
    ]);
    expect(report).toMatchObject({ parameters: 511, stateBytes: 2 * 511 * 4, stepsPerTrip: 8 });
  });

  it('counts the ops of the loop that the printed graph shows', () => {
    const [, body] = report.graph.split('\n  trip(');
    const printed = body!.split('\n').filter((line) => / = Gemm\(/.test(line)).length;
    expect(printed).toBeGreaterThan(0);
    expect(report.ops.Gemm).toBe(printed);
  });
});
