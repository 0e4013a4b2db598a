import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { createTrainers } from '../../../agent/trainers/registry.ts';
import { packageRoot } from '../../../shared/process/package-root.ts';
import { parseSweep, plannedTrials, trialAt } from '../../../shared/sweep/index.ts';

const dataDir = process.env.SOWER_DATA ?? join(packageRoot(), '..', 'shared', 'datasets');

/** One configuration of the study's grid, all training rows, the official test images. */
const SWEEP = `
name: mnist-best
method: grid
metric: {name: test_error, goal: minimize}
seeds: [1, 66, 88, 100, 200]
parameters: {lr: {value: 0.2}, momentum: {value: 0.5}}
train:
  data: mnist
  model: [{dense: {units: 100, activation: relu}}, {dense: {units: 10}}]
  loss: cross_entropy
  optimizer: {sgd: {lr: "\${lr}", momentum: "\${momentum}"}}
  batch_size: 32
  epochs: 20
`;

it.skipIf(!existsSync(join(dataDir, 'mnist')))(
  'reaches 4.6 % mean test error on real MNIST over five seeds',
  async () => {
    const home = await mkdtemp(join(tmpdir(), 'sower-mnist-training-'));
    const trainers = createTrainers({ threads: 1, dataDir, cacheDir: join(home, 'cache') });
    try {
      const { spec } = parseSweep(SWEEP, 'mnist-best.yaml');
      const errors: number[] = [];
      for (let index = 0; index < plannedTrials(spec); index++) {
        const job = { sweep: 'mnist-best-0', spec, trial: trialAt(spec, index), folder: join(home, String(index)) };
        const result = await trainers.train(job, () => undefined, new AbortController().signal);
        errors.push(result.metrics.test_error!);
      }
      expect(errors).toHaveLength(5);
      expect(errors.reduce((sum, error) => sum + error, 0) / errors.length).toBeLessThanOrEqual(0.046);
    } finally {
      await trainers.close();
      await rm(home, { recursive: true, force: true });
    }
  },
);
