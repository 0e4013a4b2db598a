/** From a sweep file over a table in a file to a verified model. */
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readModel } from '../../../agent/engine/onnx/read-model.ts';
import { createTrainers, type Trainers } from '../../../agent/trainers/registry.ts';
import { draw32, drawUniform } from '../../../shared/kernel/random.ts';
import { trialResult } from '../../../shared/protocol/index.ts';
import { digitsSweep, firstTrial } from '../../support/trials.ts';

const SHAPES = ['round', 'square', 'long'];
const COLOURS = ['red', 'green', 'blue', 'grey'];

let home: string;
let trainers: Trainers;
beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), 'sower-table-'));
  trainers = createTrainers({ threads: 1, dataDir: home, cacheDir: join(home, 'cache') });
  // Ripe is what is round and not green, or heavy.
  const lines = Array.from({ length: 400 }, (_, row) => {
    const [shape, colour] = [SHAPES[draw32(1, row) % 3]!, COLOURS[draw32(2, row) % 4]!];
    const grams = Math.round(100 * drawUniform(3, row));
    const ripe = (shape === 'round' && colour !== 'green') || grams > 80 ? 'yes' : 'no';
    return { codes: `${shape},${colour},${ripe}`, all: `${row % 7 === 3 ? '?' : grams},${shape},${colour},${ripe}` };
  });
  await writeFile(join(home, 'codes.csv'), ['shape,colour,ripe', ...lines.map(({ codes }) => codes)].join('\n'));
  await writeFile(join(home, 'fruit.csv'), ['grams,shape,colour,ripe', ...lines.map(({ all }) => all)].join('\n'));
});
afterAll(async () => {
  await trainers.close();
  await rm(home, { recursive: true, force: true });
});

async function train(folder: string, data: string, model: string) {
  const spec = digitsSweep({
    parameters: '{lr: {value: 0.02}}',
    train: `{data: {${data}, split: {train: 0.7, validation: 0.15, test: 0.15, stratified: true}}, model: [${model}],
      loss: bce_with_logits, batch_size: 16, epochs: 25, optimizer: {adam: {lr: "\${lr}"}}}`,
  });
  const job = { sweep: 'fruit-0', spec, trial: firstTrial(spec), folder: join(home, folder) };
  const result = await trainers.train(job, () => undefined, new AbortController().signal);
  const exported = readModel(await readFile(join(home, folder, 'model.onnx')));
  return { result, model: exported };
}

describe('a sweep over a table', () => {
  it('embeds label codes where every column is a category', async () => {
    const data = 'file: codes.csv, prepare: [{encode: {method: label}}]';
    const { result, model } = await train(
      'embedded',
      data,
      '{embedding: {num_embeddings: 4, embedding_dim: 6}}, {dense: {units: 16, activation: relu}}, {dense: {units: 1}}',
    );
    expect(result).toMatchObject({ outcome: 'completed', model: { opset: 17 } });
    // All but what only the weight tells.
    expect(result.metrics.test_accuracy).toBeGreaterThan(0.75);
    expect(model.inputs).toEqual([{ name: 'input', type: 'float32', shape: ['batch', 2] }]);
    expect(model.ops.Gather).toBe(1);
  });

  it('fills, scales and encodes inside the model, which takes raw rows', async () => {
    const prepare = '[coerce, {impute: {strategy: mean}}, standardize, {encode: {method: one_hot}}]';
    const { result, model } = await train(
      'mixed',
      `file: fruit.csv, prepare: ${prepare}, columns: {grams: number}`,
      '{dense: {units: 16, activation: relu}}, {dense: {units: 1}}',
    );
    expect(result).toMatchObject({ outcome: 'completed', model: { opset: 17 } });
    expect(result.metrics.test_accuracy).toBeGreaterThan(0.85);
    expect(model.inputs).toEqual([{ name: 'input', type: 'float32', shape: ['batch', 3] }]);
    expect(model.outputs.map(({ name, shape }) => [name, shape[1]])).toEqual([
      ['logits', 1],
      ['probabilities', 2],
    ]);
    expect(JSON.parse(model.metadata.columns!)).toEqual([
      { name: 'grams', type: 'number' },
      { name: 'shape', type: 'category', categories: expect.arrayContaining(SHAPES) },
      { name: 'colour', type: 'category', categories: expect.arrayContaining(COLOURS) },
    ]);
  });

  it('gives a result that can be sent, however long the names of columns are', async () => {
    const question = 'why '.repeat(100).trim();
    const lines = Array.from({ length: 40 }, (_, row) => `1,${row},${row < 20 ? 'yes' : 'no'}`);
    await writeFile(join(home, 'long.csv'), [`${question},size,ripe`, ...lines].join('\n'));
    const { result } = await train('long', 'file: long.csv, prepare: [standardize]', '{dense: {units: 1}}');
    expect(result.notes).toEqual([expect.stringContaining('column why why')]);
    expect(trialResult.parse(result).notes).toEqual(result.notes);
  });
});
