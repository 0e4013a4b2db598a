import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import type { Structure } from '../../../agent/engine/port.ts';
import { maskFactors } from '../../../agent/engine/tfjs/dropout.ts';
import { createTfjsEngine } from '../../../agent/engine/tfjs/engine.ts';
import { installedTfjs, loadTfjs } from '../../../agent/engine/tfjs/load.ts';
import { learnableExamples, rowOrder } from '../../support/learnable-examples.ts';

const train = learnableExamples({ rows: 40, side: 6, classes: 3, seed: 50 });

const structure: Structure = {
  inputShape: [6, 6],
  inputType: 'uint8',
  classes: 3,
  layers: [
    {
      type: 'conv2d',
      outChannels: 4,
      kernelSize: [3, 3],
      stride: [2, 2],
      padding: [1, 1],
      dilation: [1, 1],
      groups: 1,
    },
    { type: 'batch_norm', eps: 1e-5, momentum: 0.1, affine: true },
    { type: 'relu' },
    { type: 'max_pool2d', kernelSize: [2, 2], stride: [1, 1], padding: [1, 1] },
    { type: 'dropout', rate: 0.2 },
    { type: 'add', branches: [[{ type: 'tanh' }], []] },
    { type: 'dense', units: 3 },
  ],
  loss: { type: 'cross_entropy', labelSmoothing: 0.1, classWeights: [1, 2, 3] },
  optimizer: { type: 'adam', lr: 0.01, beta1: 0.9, beta2: 0.999, eps: 1e-8, weightDecay: 0.01 },
  batchSize: 8,
  preprocessing: { shift: 0, scale: 1 / 255 },
  clipsGradients: true,
  accumulateBatches: 2,
};

function emptyFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'sower-tfjs-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

it('leaves no tensor behind, whatever a run was asked for', async () => {
  const options = { cacheDir: emptyFolder(), threads: 1, use: 'tfjs' } as const;
  const { tf } = await loadTfjs(options);
  const engine = await createTfjsEngine(options);
  const before = tf.memory().numTensors;
  const program = await engine.compile(structure);
  const { layers, optimizer } = structure;
  const run = await program.start({ seed: 1, train, layers, optimizer, clipGradNorm: 1 });
  const held = tf.memory().numTensors;
  // Four trainable parameters with two slots each, and two running statistics.
  expect(held - before).toBe(6 * 3 + 2);
  await run.trainChunk(rowOrder(train.rows, 5 * 8 + 3, 51));
  expect(tf.memory().numTensors).toBe(held);
  await run.evaluate(train);
  await run.predict(train);
  run.setParameters(run.parameters());
  run.restore(run.save());
  run.exportOnnx({});
  expect(tf.memory().numTensors).toBe(held);
  run.dispose();
  expect(tf.memory().numTensors).toBe(before);
  await engine.close();
});

it('says what to install where a package is not there', async () => {
  const cacheDir = emptyFolder();
  expect(installedTfjs(cacheDir)).toEqual(['tfjs']);
  await expect(createTfjsEngine({ cacheDir, threads: 1, use: 'tfjs-node' })).rejects.toMatchObject({
    code: 'E_ENGINE_MISSING',
    fix: expect.stringContaining('sower engine install tfjs-node'),
  });
});

it('draws masks that keep about the share asked for, others at every step, the same when asked again', () => {
  const draw = { key: 7, step: 3, rate: 0.25, layout: 'rows' } as const;
  const mask = maskFactors(draw, 50, 40);
  const kept = mask.filter((factor) => factor !== 0);
  expect(new Set(kept)).toEqual(new Set([Math.fround(1 / 0.75)]));
  expect(kept.length / mask.length).toBeCloseTo(0.75, 1);
  expect(maskFactors(draw, 50, 40)).toEqual(mask);
  expect(maskFactors({ ...draw, step: 4 }, 50, 40)).not.toEqual(mask);
  const columns = maskFactors({ ...draw, layout: 'columns' }, 50, 40);
  // The same draws, counted down the columns.
  expect(columns[1 * 40 + 2]).toBe(mask[2 * 50 + 1]);
});
