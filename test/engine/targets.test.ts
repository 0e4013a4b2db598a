/** Graphs for other providers, run on the CPU: what they compute must not depend on what they are compiled for. */
import { describe, expect, it } from 'vitest';
import { type Target, targets } from '../../agent/engine/compile/target.ts';
import type { Structure } from '../../agent/engine/port.ts';
import { OrtProgram } from '../../agent/engine/run/program.ts';
import type { LayerConfig } from '../../shared/sweep/train.ts';
import { learnableExamples, rowOrder } from '../support/learnable-examples.ts';

const train = learnableExamples({ rows: 90, side: 6, classes: 4, seed: 41 });
/** More than any block of an evaluation. */
const many = learnableExamples({ rows: 905, side: 6, classes: 4, seed: 43 });

const CONV: LayerConfig = {
  type: 'conv2d',
  outChannels: 4,
  kernelSize: [3, 3],
  stride: [1, 1],
  padding: 'same',
  dilation: [1, 1],
  groups: 1,
};

const structure: Structure = {
  inputShape: [6, 6],
  inputType: 'uint8',
  classes: 4,
  layers: [
    { ...CONV, activation: 'relu' },
    { ...CONV, outChannels: 8, groups: 4, bias: false },
    { type: 'batch_norm', eps: 1e-5, momentum: 0.1, affine: true },
    { type: 'max_pool2d', kernelSize: [2, 2], stride: [2, 2], padding: [0, 0] },
    { type: 'add', branches: [[], [{ ...CONV, outChannels: 8, activation: 'silu' }]] },
    { type: 'dense', units: 4 },
  ],
  loss: { type: 'cross_entropy' },
  optimizer: { type: 'sgd', lr: 0.05, momentum: 0.9, nesterov: false, weightDecay: 1e-4 },
  batchSize: 8,
  preprocessing: { shift: 0, scale: 1 / 255 },
};

const withDropout: Structure = {
  ...structure,
  layers: [
    { type: 'dense', units: 12, activation: 'tanh' },
    { type: 'dropout', rate: 0.3 },
    { type: 'dense', units: 4 },
  ],
};

/** A trip of eight, three single steps and a shorter batch; then what evaluation says. */
async function numbersOf(of: Structure, target: Target): Promise<readonly number[]> {
  const program = new OrtProgram(of, { threads: 1, target });
  const run = await program.start({ seed: 5, train, layers: of.layers, optimizer: of.optimizer });
  const { losses } = await run.trainChunk(rowOrder(train.rows, 11 * 8 + 3, 42));
  const { loss, accuracy } = await run.evaluate(many);
  const scores = await run.predict(many);
  run.dispose();
  await program.close();
  expect(scores).toHaveLength(4 * many.rows);
  return [...losses, loss, accuracy, ...scores.subarray(4 * 900)];
}

const onCpu = (target: Target): Target => ({ ...target, provider: 'cpu' });

describe('a graph compiled for another provider', () => {
  it.each([
    ['CUDA', targets.cuda],
    ['WebGPU', targets.webgpu],
  ])('trains and evaluates as the one for the CPU: %s', async (_, target) => {
    const expected = await numbersOf(structure, targets.cpu);
    const found = await numbersOf(structure, onCpu(target));
    expect(found).toHaveLength(expected.length);
    found.forEach((value, i) => {
      expect(value).toBeCloseTo(expected[i]!, 4);
    });
  });

  it('is the same with its loop written out, random masks and all, but for rounding', async () => {
    const looped = await numbersOf(withDropout, onCpu({ ...targets.webgpu, loops: true }));
    const unrolled = await numbersOf(withDropout, onCpu(targets.webgpu));
    unrolled.forEach((value, i) => {
      expect(value).toBeCloseTo(looped[i]!, 5);
    });
  });
});
