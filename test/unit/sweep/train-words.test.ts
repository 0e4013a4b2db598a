import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { deriveKey, drawUniform } from '../../../shared/kernel/random.ts';
import type { ParameterValue } from '../../../shared/protocol/index.ts';
import { readTrain } from '../../../shared/sweep/resolve.ts';
import type { TrainConfig } from '../../../shared/sweep/train.ts';

const BASE = {
  data: 'digits',
  model: [{ dense: { units: 10 } }],
  loss: 'cross_entropy',
  optimizer: { sgd: { lr: 0.5 } },
  batch_size: 20_000,
  epochs: 7,
};

/** The configuration that a train section with these entries means. */
function configOf(entries: string): TrainConfig {
  const read = readTrain({ ...BASE, ...(parse(entries) as object) });
  if ('findings' in read) throw new Error(JSON.stringify(read.findings));
  return read.config as TrainConfig;
}

describe('what is not written', () => {
  it.each([
    ['adam', { type: 'adam', lr: 1e-3, beta1: 0.9, beta2: 0.999, eps: 1e-8, weightDecay: 0 }],
    ['{adamw: {}}', { type: 'adamw', lr: 1e-3, beta1: 0.9, beta2: 0.999, eps: 1e-8, weightDecay: 0.01 }],
    ['{sgd: {lr: 1}}', { type: 'sgd', lr: 1, momentum: 0, nesterov: false, weightDecay: 0 }],
    ['rmsprop', { type: 'rmsprop', lr: 0.01, alpha: 0.99, eps: 1e-8, momentum: 0, centered: false, weightDecay: 0 }],
    ['adagrad', { type: 'adagrad', lr: 0.01, lrDecay: 0, eps: 1e-10, initialAccumulatorValue: 0, weightDecay: 0 }],
    [
      '{adam: {lr: 0.1, betas: [0.8, 0.9], eps: 1e-6, weight_decay: 0.2, decay: decoupled}}',
      { type: 'adam', lr: 0.1, beta1: 0.8, beta2: 0.9, eps: 1e-6, weightDecay: 0.2, decay: 'decoupled' },
    ],
  ])('of the optimizer %s is as in torch.optim', (written, expected) => {
    expect(configOf(`optimizer: ${written}`).optimizer).toEqual(expected);
  });

  it.each([
    ['none', null],
    ['cosine', { type: 'cosine', tMax: 7, etaMin: 0 }],
    ['{step: {step_size: 3}}', { type: 'step', stepSize: 3, gamma: 0.1 }],
    ['{exponential: {gamma: 0.9}}', { type: 'exponential', gamma: 0.9 }],
    ['one_cycle', { type: 'one_cycle', maxLr: 0.5, pctStart: 0.3, divFactor: 25, finalDivFactor: 1e4, anneal: 'cos' }],
    [
      '{reduce_on_plateau: {metric: train_loss}}',
      {
        type: 'reduce_on_plateau',
        metric: 'train_loss',
        factor: 0.1,
        patience: 10,
        threshold: 1e-4,
        cooldown: 0,
        minLr: 0,
      },
    ],
  ])('of the schedule %s is as in torch.optim.lr_scheduler', (written, expected) => {
    expect(configOf(`schedule: ${written}`).schedule).toEqual(expected);
  });

  it('of a warm-up is as in LinearLR', () => {
    expect(configOf('warmup: {epochs: 2}').warmup).toEqual({ unit: 'epochs', length: 2, startFactor: 1 / 3 });
    expect(configOf('warmup: {steps: 9, start_factor: 0.01}').warmup).toEqual({
      unit: 'steps',
      length: 9,
      startFactor: 0.01,
    });
  });

  it.each([
    ['cross_entropy', { type: 'cross_entropy' }],
    ['{cross_entropy: {label_smoothing: 0.1}}', { type: 'cross_entropy', labelSmoothing: 0.1 }],
    ['huber', { type: 'huber', delta: 1 }],
    ['{huber: {delta: 2}}', { type: 'huber', delta: 2 }],
    ['{bce_with_logits: {positive_weight: 3}}', { type: 'bce_with_logits', positiveWeight: 3 }],
    ['mae', { type: 'mae' }],
  ])('of the loss %s', (written, expected) => {
    expect(configOf(`loss: ${written}`).loss).toEqual(expected);
  });

  it('of layers is as in torch.nn', () => {
    const written = [
      '- conv2d: {out_channels: 2, kernel_size: [3, 5], padding: valid, stride: 2}',
      '- leaky_relu',
      '- avg_pool2d: {kernel_size: 2, padding: [1, 0]}',
      '- batch_norm: {momentum: 0.2}',
      '- layer_norm',
      '- add: [[], [elu, {gelu: {approximate: tanh}}]]',
      '- dense: {units: 10, bias: false, init: he_normal}',
    ];
    expect(configOf(`model:\n${written.join('\n')}`).model).toEqual([
      {
        type: 'conv2d',
        outChannels: 2,
        kernelSize: [3, 5],
        stride: [2, 2],
        padding: [0, 0],
        dilation: [1, 1],
        groups: 1,
      },
      { type: 'leaky_relu', negativeSlope: 0.01 },
      { type: 'avg_pool2d', kernelSize: [2, 2], stride: [2, 2], padding: [1, 0], countIncludePad: true },
      { type: 'batch_norm', eps: 1e-5, momentum: 0.2, affine: true },
      { type: 'layer_norm', eps: 1e-5, affine: true },
      {
        type: 'add',
        branches: [
          [],
          [
            { type: 'elu', alpha: 1 },
            { type: 'gelu', approximate: 'tanh' },
          ],
        ],
      },
      { type: 'dense', units: 10, bias: false, init: 'he_normal' },
    ]);
  });

  it('early stopping restores the best weights, unless others are asked for', () => {
    const split = 'data: {name: digits, split: {validation: 0.2}}\nearly_stopping: {patience: 2}';
    expect(configOf(split).earlyStopping).toEqual({
      metric: 'val_loss',
      patience: 2,
      minDelta: 0,
      restoreBest: true,
    });
    const other = configOf(`${split}\nbest_weights: val_accuracy`);
    expect([other.earlyStopping?.restoreBest, other.bestWeights]).toEqual([false, 'val_accuracy']);
    expect(configOf(`${split}\nbest_weights: val_loss`).earlyStopping?.restoreBest).toBe(true);
  });

  it('an unknown word is answered with each known one, once', () => {
    const read = readTrain({ ...BASE, optimizer: 'lion-with-a-long-name' });
    expect(read).toMatchObject({ findings: [{ fix: 'known: adam, adamw, rmsprop, adagrad, sgd' }] });
  });

  it('"none" leaves out what a parameter may bring', () => {
    const plain = configOf('{}');
    expect(
      configOf('schedule: none\nwarmup: none\nearly_stopping: none\nbest_weights: none\nclip_grad_norm: none'),
    ).toEqual(plain);
    expect(plain).toMatchObject({ engine: 'ort', accumulateBatches: 1, clipGradNorm: null, batchSize: 20_000 });
  });
});

describe('what a trial leaves behind', () => {
  it('is what is asked for, each with a default of its own', () => {
    expect(configOf('{}').artifacts).toEqual({ examples: 8, checkpoint: true });
    expect(configOf('artifacts: {examples: 0}').artifacts).toEqual({ examples: 0, checkpoint: true });
    expect(configOf('artifacts: {examples: 64, checkpoint: false}').artifacts).toEqual({
      examples: 64,
      checkpoint: false,
    });
  });

  it.each([{ examples: 65 }, { examples: -1 }, { examples: 1.5 }, { checkpoint: 'no' }, { checkpoints: true }])(
    'is refused where it cannot be: %o',
    (artifacts) => {
      expect(readTrain({ ...BASE, artifacts })).toMatchObject({
        findings: [{ path: ['train', 'artifacts', Object.keys(artifacts)[0]] }],
      });
    },
  );
});

describe('a train section made of arbitrary pieces', () => {
  const SCALARS = [0, -1, 0.5, 3, 1e9, true, null, '', '3', 'same', 'relu', 'none', 'cosine', 'adam', 'val_loss'];
  const KEYS = [
    ...['model', 'optimizer', 'schedule', 'dense', 'conv2d', 'kernel_size', 'units', 'out_channels', 'padding'],
    ...['add', 'concat', 'batch_norm', 'sgd', 'adam', 'lr', 'betas', 'warmup', 'epochs', 'steps', 'metric', 'loss'],
    ...['early_stopping', 'patience', 'one_cycle', 'max_lr', 'best_weights', 'data', 'name', 'split', 'stride'],
  ];

  it('is refused with findings or accepted, never a crash', () => {
    const key = deriveKey('pieces');
    let index = 0;
    const pick = <T>(list: readonly T[]): T => list[Math.floor(drawUniform(key, index++) * list.length)]!;
    const value = (depth: number): ParameterValue => {
      const kind = drawUniform(key, index++);
      const size = Math.floor(drawUniform(key, index++) * 4);
      if (depth === 0 || kind < 0.3) return pick(SCALARS);
      if (kind < 0.6) return Array.from({ length: size }, () => value(depth - 1));
      return Object.fromEntries(Array.from({ length: size }, () => [pick(KEYS), value(depth - 1)]));
    };
    let refused = 0;
    for (let round = 0; round < 3000; round++) {
      const changed = { ...BASE, [pick(['model', 'optimizer', 'schedule', 'loss', 'data', 'warmup'])]: value(4) };
      const read = readTrain(changed);
      if (!('findings' in read)) continue;
      refused++;
      expect(read.findings.length, JSON.stringify(changed)).toBeGreaterThan(0);
    }
    expect(refused).toBeGreaterThan(2000);
  });
});
