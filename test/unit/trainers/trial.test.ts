/** Whole trials on data that no built-in set has: numbers to predict, two classes with one output, rows on disk. */
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { DataSet } from '../../../agent/data/index.ts';
import { openStoredRows } from '../../../agent/data/stored-rows.ts';
import { createOrtEngine } from '../../../agent/engine/index.ts';
import { readModel } from '../../../agent/engine/onnx/read-model.ts';
import type { Engine, Examples } from '../../../agent/engine/port.ts';
import { createPacer } from '../../../agent/trainers/builtin/pacer.ts';
import { trainTrial } from '../../../agent/trainers/builtin/trial.ts';
import { deriveKey, drawUniform } from '../../../shared/kernel/random.ts';
import type { TrialResult } from '../../../shared/protocol/index.ts';
import { trialResult } from '../../../shared/protocol/result.ts';
import type { TrainConfig } from '../../../shared/sweep/train.ts';
import { learnableExamples } from '../../support/learnable-examples.ts';
import { digitsSweep, firstTrial } from '../../support/trials.ts';

let home: string;
let engine: Engine;
beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), 'sower-trial-'));
  engine = await createOrtEngine({ threads: 1 });
});
afterAll(async () => {
  await engine.close();
  await rm(home, { recursive: true, force: true });
});

const CONFIG: TrainConfig = {
  kind: 'builtin',
  data: { name: 'made', split: {}, scale: 'unit', file: null, prepare: [] },
  model: [{ type: 'dense', units: 1 }],
  loss: { type: 'mse' },
  optimizer: { type: 'sgd', lr: 0.1, momentum: 0.5, nesterov: false, weightDecay: 0 },
  batchSize: 16,
  epochs: 6,
  engine: 'ort',
  schedule: null,
  warmup: null,
  earlyStopping: null,
  bestWeights: null,
  clipGradNorm: null,
  accumulateBatches: 1,
  artifacts: { examples: 8, checkpoint: true },
};

async function train(folder: string, data: DataSet, changes: Partial<TrainConfig>, objective: string) {
  const spec = { ...digitsSweep(), objective: { name: objective, goal: 'minimize' as const } };
  const job = { sweep: 'made-0', spec, trial: firstTrial(spec), folder: join(home, folder) };
  const result = await trainTrial({
    job,
    config: { ...CONFIG, ...changes },
    data,
    engine,
    pacerOf: createPacer,
    settings: {},
    startedAt: 0,
    report: () => undefined,
    signal: new AbortController().signal,
  });
  expect(trialResult.parse(result)).toEqual(result);
  return result;
}

async function evaluationOf(folder: string): Promise<Record<string, unknown>> {
  return JSON.parse(await readFile(join(home, folder, 'evaluation.json'), 'utf8'));
}

/** Four numbers a row, and two that follow from them: 2a - b + 1 and c / 2. */
function numbers(rows: number, seed: number): Examples {
  const features = Float32Array.from({ length: 4 * rows }, (_, i) => 2 * drawUniform(deriveKey(seed), i) - 1);
  const labels = new Float32Array(2 * rows);
  for (let row = 0; row < rows; row++) {
    labels[2 * row] = 2 * features[4 * row]! - features[4 * row + 1]! + 1;
    labels[2 * row + 1] = features[4 * row + 2]! / 2;
  }
  return { features, shape: [4], labels, rows };
}

describe('numbers to predict', () => {
  const data: DataSet = {
    name: 'lines',
    train: numbers(320, 1),
    validation: numbers(64, 2),
    test: numbers(64, 3),
    classes: null,
    hash: '1'.repeat(64),
  };

  it('are learned, measured, exported and shown', async () => {
    const changes = { model: [{ type: 'dense' as const, units: 2 }], bestWeights: 'val_mse', epochs: 12 };
    const result = await train('lines', data, changes, 'val_mse');
    expect(result).toMatchObject({ outcome: 'completed', reason: null, bestEpoch: expect.any(Number) });
    expect(Object.keys(result.history[0]!).sort()).toEqual([
      'epoch_seconds',
      'lr',
      'train_loss',
      'val_loss',
      'val_mse',
    ]);
    expect(Object.keys(result.metrics).sort()).toEqual(
      [...['train', 'val', 'test'].flatMap((part) => ['loss', 'mae', 'mse', 'r2'].map((m) => `${part}_${m}`))].sort(),
    );
    expect(result.metrics.test_r2).toBeGreaterThan(0.99);
    expect(result.metrics.train_r2).toBeGreaterThan(0.99);
    expect(result.metrics.test_mse).toBeCloseTo(result.metrics.test_loss!, 6);
    expect(result.model!.maxDeviation).toBeLessThan(1e-5);
    const evaluation = await evaluationOf('lines');
    expect(evaluation).toMatchObject({ part: 'test', rows: 64, r2_note: null, filters: null });
    expect(evaluation.largest_residuals).toHaveLength(8);
  });

  it('are not trained at all where a rule waits for a metric that never comes', async () => {
    const patience = { metric: 'val_f1_macro', patience: 3, minDelta: 0, restoreBest: true };
    const plateau = { type: 'reduce_on_plateau', metric: 'val_accuracy', factor: 0.1, patience: 1 } as const;
    const rules: readonly (readonly [string, Partial<TrainConfig>])[] = [
      ['train.early_stopping.metric', { earlyStopping: patience }],
      ['train.best_weights', { bestWeights: 'val_top2_accuracy' }],
      ['train.schedule.reduce_on_plateau.metric', { schedule: { ...plateau, threshold: 0, cooldown: 0, minLr: 0 } }],
    ];
    for (const [where, rule] of rules) {
      const training = train('never', data, { model: [{ type: 'dense', units: 2 }], ...rule }, 'val_mse');
      await expect(training).rejects.toMatchObject({ code: 'E_TRAIN_OBJECTIVE', where });
    }
    await expect(readdir(join(home, 'never'))).rejects.toThrow('ENOENT');
  });

  it('diverge only by what is not finite', async () => {
    const sgd = { ...CONFIG.optimizer, lr: 1e20 } as TrainConfig['optimizer'];
    const changes = { model: [{ type: 'dense' as const, units: 2 }], optimizer: sgd };
    const result = await train('lines-diverged', data, changes, 'val_loss');
    expect(result).toMatchObject({ outcome: 'diverged', model: null });
  });
});

const CLASSES = {
  'one output for two classes': { classes: 2, model: [{ type: 'dense', units: 1 }], loss: { type: 'bce_with_logits' } },
  'one output for each class': { classes: 4, model: [{ type: 'dense', units: 4 }], loss: { type: 'bce_with_logits' } },
  'log probabilities': {
    classes: 4,
    model: [{ type: 'dense', units: 4 }, { type: 'log_softmax' }],
    loss: { type: 'nll' },
  },
  'scores near one and zero': { classes: 4, model: [{ type: 'dense', units: 4 }], loss: { type: 'huber', delta: 1 } },
} as const;

describe('classes', () => {
  it.each(Object.entries(CLASSES))('are learned with %s', async (name, { classes, model, loss }) => {
    const part = (rows: number, seed: number) => learnableExamples({ rows, side: 6, classes, seed });
    const data: DataSet = {
      name: 'stripes',
      train: part(480, 1),
      validation: null,
      test: part(96, 2),
      classes: Array.from({ length: classes }, (_, i) => `class ${i}`),
      hash: '2'.repeat(64),
    };
    const optimizer = { type: 'adam', lr: 0.02, beta1: 0.9, beta2: 0.999, eps: 1e-8, weightDecay: 0 } as const;
    const result = await train(name, data, { model, loss, optimizer }, 'test_error');
    expect(result.outcome).toBe('completed');
    expect(result.metrics.test_accuracy).toBeGreaterThan(0.9);
    expect(result.metrics.test_roc_auc).toBeGreaterThan(0.95);
    const evaluation = await evaluationOf(name);
    // Engine and host count right rows each by themselves.
    expect(evaluation.accuracy).toBeCloseTo(result.metrics.test_accuracy!, 6);
    const [surest] = evaluation.most_confident_right as { probability: number; input: { shape: number[] } }[];
    expect(surest!.input.shape).toEqual([6, 6]);
    if (loss.type !== 'huber') expect(surest!.probability).toBeGreaterThan(0.6);
    if (loss.type !== 'huber') expect(surest!.probability).toBeLessThanOrEqual(1);
  });
});

describe('a table', () => {
  /** A number that decides the class, missing in a sixth of the rows, and a category that says nothing. */
  const table = (rows: number, seed: number): Examples => {
    const features = new Float32Array(rows * 2);
    const labels = new Int32Array(rows);
    for (let row = 0; row < rows; row++) {
      const u = drawUniform(deriveKey(seed, 'amount'), row);
      labels[row] = Number(u > 0.5);
      features[2 * row] = row % 6 === 5 ? Number.NaN : 1000 + 200 * u;
      features[2 * row + 1] = Math.floor(drawUniform(deriveKey(seed, 'kind'), row) * 3);
    }
    return { features, shape: [2], labels, rows };
  };
  const data: DataSet = {
    name: 'table',
    train: table(480, 1),
    validation: null,
    test: table(96, 2),
    classes: ['low', 'high'],
    hash: '5'.repeat(64),
    columns: [
      { name: 'amount', type: 'number', categories: null },
      { name: 'kind', type: 'category', categories: ['red', 'green', 'blue'] },
    ],
    preprocessing: {
      columns: [
        { type: 'number', column: 0, fill: 1100, shift: 1100, scale: 1 / 58 },
        { type: 'one_hot', column: 1, categories: 3, fill: null },
      ],
    },
  };
  const model = [{ type: 'dense' as const, units: 1 }];
  const loss = { type: 'bce_with_logits' as const };

  it('trains as it is stored, missing cells and codes prepared inside; the exported model takes such rows', async () => {
    const result = await train('table', data, { model, loss, epochs: 20 }, 'test_error');
    // Of six rows one is missing what decides, and half of those are guessed.
    expect(result.metrics.test_accuracy).toBeGreaterThan(0.85);
    expect(result.model!.maxDeviation).toBeLessThan(1e-5);
    const { inputs, outputs, metadata } = readModel(await readFile(join(home, 'table', 'model.onnx')));
    expect(inputs).toEqual([{ name: 'input', type: 'float32', shape: ['batch', 2] }]);
    expect(outputs.map(({ shape }) => shape)).toEqual([
      ['batch', 1],
      ['batch', 2],
    ]);
    expect(metadata.columns).toBe(
      '[{"name":"amount","type":"number"},{"name":"kind","type":"category","categories":["red","green","blue"]}]',
    );
  });

  it('embeds columns that are all categories', async () => {
    const labels = Int32Array.from(data.train.labels as Int32Array);
    const features = Float32Array.from({ length: 960 }, (_, i) => (i % 2 === 0 ? 3 * labels[i / 2]! : i % 5));
    const codes: Examples = { features, shape: [2], labels, rows: 480 };
    const columns = [0, 1].map((column) => ({ type: 'number' as const, column, fill: null, shift: 0, scale: 1 }));
    const of = { ...data, train: codes, test: codes, columns: null, preprocessing: { columns } };
    const embedding = [{ type: 'embedding' as const, numEmbeddings: 5, embeddingDim: 4 }, ...model];
    const result = await train('embedded', of, { model: embedding, loss }, 'test_error');
    expect(result).toMatchObject({ outcome: 'completed', metrics: { test_accuracy: 1 } });
  });
});

describe('what a trial leaves behind', () => {
  const part = (rows: number, seed: number) => learnableExamples({ rows, side: 6, classes: 4, seed });
  const data: DataSet = {
    name: 'stripes',
    train: part(64, 1),
    validation: null,
    test: part(96, 2),
    classes: ['a', 'b', 'c', 'd'],
    hash: '4'.repeat(64),
  };
  const leave = async (folder: string, artifacts: TrainConfig['artifacts']) => {
    const model = [{ type: 'dense' as const, units: 4 }];
    const changes = { model, loss: { type: 'cross_entropy' as const }, epochs: 3, artifacts };
    const result = await train(folder, data, changes, 'test_error');
    const names = (result.artifacts ?? []).map(({ name }) => name);
    expect(names.toSorted()).toEqual((await readdir(join(home, folder))).sort());
    const { most_confident_right: right, worst_wrong: wrong } = await evaluationOf(folder);
    return { names, shown: [right, wrong] as unknown[][] };
  };

  it('are as many examples as asked for, and a checkpoint unless told otherwise', async () => {
    const many = await leave('many', { examples: 11, checkpoint: true });
    expect(many.names).toContain('checkpoint.safetensors');
    expect(many.shown.map((rows) => rows.length)).toEqual([11, 11]);
    const few = await leave('few', { examples: 2, checkpoint: false });
    expect(few.names).not.toContain('checkpoint.safetensors');
    expect(few.shown).toEqual(many.shown.map((rows) => rows.slice(0, 2)));
    const none = await leave('none', { examples: 0, checkpoint: false });
    expect(none.shown).toEqual([[], []]);
  });
});

describe('rows on disk', () => {
  it('train to the same bits as rows in memory', async () => {
    const inMemory = (rows: number, seed: number) => learnableExamples({ rows, side: 8, classes: 3, seed });
    const onDisk = async (rows: ReturnType<typeof inMemory>, name: string) => {
      const path = join(home, name);
      await writeFile(path, rows.features);
      return openStoredRows({ ...rows, path, inputType: 'uint8', offsetBytes: 0 });
    };
    const [training, test] = [inMemory(500, 1), inMemory(90, 2)];
    const data: DataSet = {
      name: 'stripes',
      train: training,
      validation: null,
      test,
      classes: ['a', 'b', 'c'],
      hash: '3'.repeat(64),
    };
    const stored = { ...data, train: await onDisk(training, 'train.bin'), test: await onDisk(test, 'test.bin') };
    const changes: Partial<TrainConfig> = {
      model: [
        { type: 'dense', units: 16, activation: 'relu' },
        { type: 'dropout', rate: 0.1 },
        { type: 'dense', units: 3 },
      ],
      loss: { type: 'cross_entropy' },
      epochs: 3,
    };
    const comparable = ({ history, metrics, model }: TrialResult) => ({
      history: history.map(({ epoch_seconds: _, ...entry }) => entry),
      metrics,
      model: model!.sha256,
    });
    const expected = comparable(await train('memory', data, changes, 'test_loss'));
    expect(comparable(await train('disk', stored, changes, 'test_loss'))).toEqual(expected);
    expect(await evaluationOf('disk')).toEqual(await evaluationOf('memory'));
  });
});
