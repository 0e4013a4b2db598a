/** What runs of the engine report of losses and layers beyond cross-entropy on dense nets. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { inputWeight } from '../../agent/engine/compile/input-columns.ts';
import { createOrtEngine } from '../../agent/engine/index.ts';
import type { Engine, Examples, Structure } from '../../agent/engine/port.ts';
import { deriveKey, drawUniform } from '../../shared/kernel/random.ts';
import type { LayerConfig } from '../../shared/sweep/train.ts';
import { smallStructure } from './problems.ts';

const ROWS = 9;
const FEATURES = 6;

let engine: Engine;
beforeAll(async () => {
  engine = await createOrtEngine({ threads: 1 });
});
afterAll(() => engine.close());

const dense = (units: number): LayerConfig => ({ type: 'dense', units });
const NORM: LayerConfig = { type: 'batch_norm', eps: 1e-5, momentum: 0.1, affine: true };

function examples(labels: Examples['labels'], rows = ROWS): Examples {
  const key = deriveKey('run losses');
  const features = Float32Array.from({ length: rows * FEATURES }, (_, i) => 2 * drawUniform(key, i) - 1);
  return { features, shape: [FEATURES], labels, rows };
}

const classLabels = (classes: number, rows = ROWS): Int32Array =>
  Int32Array.from({ length: rows }, (_, i) => i % classes);
const inOrder = (rows = ROWS): Int32Array => Int32Array.from({ length: rows }, (_, i) => i);
const structureOf = (changes: Partial<Structure>): Structure =>
  smallStructure({ inputShape: [FEATURES], batchSize: 4, ...changes });

async function start(structure: Structure, train: Examples) {
  const program = await engine.compile(structure);
  return program.start({ seed: 3, train, layers: structure.layers, optimizer: structure.optimizer });
}

describe('evaluation', () => {
  it('divides by the class weights of the rows it saw, as PyTorch does', async () => {
    const classWeights = [0.5, 3, 1];
    const train = examples(classLabels(3));
    const structure = structureOf({ classes: 3, layers: [dense(3)], loss: { type: 'cross_entropy', classWeights } });
    const run = await start(structure, train);
    const scores = await run.predict(train);
    const terms = Array.from({ length: ROWS }, (_, row) => {
      const z = [...scores.subarray(row * 3, row * 3 + 3)];
      const weight = classWeights[row % 3]!;
      return { weight, loss: weight * (Math.log(z.reduce((sum, value) => sum + Math.exp(value), 0)) - z[row % 3]!) };
    });
    const total = (pick: 'weight' | 'loss'): number => terms.reduce((sum, term) => sum + term[pick], 0);
    expect((await run.evaluate(train)).loss).toBeCloseTo(total('loss') / total('weight'), 5);
    run.dispose();
  });

  it('counts a positive score as the second of two classes', async () => {
    const train = examples(classLabels(2));
    const structure = structureOf({ classes: 2, layers: [dense(1)], loss: { type: 'bce_with_logits' } });
    const run = await start(structure, train);
    const scores = await run.predict(train);
    expect(scores.length).toBe(ROWS);
    const right = scores.filter((score, row) => Number(score > 0) === row % 2).length;
    expect((await run.evaluate(train)).accuracy).toBeCloseTo(right / ROWS, 6);
    run.dispose();
  });

  it('of predicted numbers has a loss and no accuracy', async () => {
    const train = examples(Float32Array.from({ length: ROWS * 2 }, (_, i) => Math.sin(i)));
    const structure = structureOf({ classes: null, layers: [dense(2)], loss: { type: 'mse' } });
    const run = await start(structure, train);
    const predicted = await run.predict(train);
    const squares = predicted.map((value, i) => (value - train.labels[i]!) ** 2);
    const { loss, accuracy } = await run.evaluate(train);
    expect(loss).toBeCloseTo(squares.reduce((sum, value) => sum + value, 0) / squares.length, 5);
    expect(accuracy).toBeNaN();
    const { losses } = await run.trainChunk(Int32Array.from({ length: 400 }, (_, i) => i % ROWS));
    expect(losses.at(-1)).toBeLessThan(losses[0]! / 2);
    run.dispose();
  });
});

describe('batch norm in a run', () => {
  const structure = structureOf({ classes: 3, layers: [dense(5), NORM, { type: 'relu' }, dense(3)] });
  const runningOf = (parameters: ReturnType<Awaited<ReturnType<typeof start>>['parameters']>) =>
    parameters.filter(({ name }) => name.includes('running'));

  it('leaves its statistics alone in a last batch of one example, and goes on', async () => {
    const train = examples(classLabels(3));
    const run = await start(structure, train);
    await run.trainChunk(inOrder(8));
    const before = runningOf(run.parameters()).map(({ values }) => [...values]);
    expect(before[0]).not.toEqual([0, 0, 0, 0, 0]);
    const weight = [...run.parameters()[0]!.values];
    const last = await run.trainChunk(inOrder().subarray(8));
    expect(last).toMatchObject({ steps: 1, finite: true });
    expect(runningOf(run.parameters()).map(({ values }) => [...values])).toEqual(before);
    expect([...run.parameters()[0]!.values]).not.toEqual(weight);
    run.dispose();
  });

  it('does not move its statistics in evaluation, where rows do not influence each other', async () => {
    const train = examples(classLabels(3));
    const run = await start(structure, train);
    await run.trainChunk(inOrder(8));
    const before = runningOf(run.parameters()).map(({ values }) => [...values]);
    const all = await run.predict(train);
    const alone = await run.predict({
      ...train,
      features: train.features.subarray(0, FEATURES),
      labels: Int32Array.of(0),
      rows: 1,
    });
    expect([...alone]).toEqual([...all.subarray(0, 3)]);
    expect(runningOf(run.parameters()).map(({ values }) => [...values])).toEqual(before);
    run.dispose();
  });

  it('learns in a batch larger than the data set', async () => {
    const few = examples(classLabels(3, 5), 5);
    const run = await start({ ...structure, batchSize: 64 }, few);
    const losses: number[] = [];
    for (let epoch = 0; epoch < 30; epoch++) losses.push(...(await run.trainChunk(inOrder(5))).losses);
    expect(losses.at(-1)).toBeLessThan(losses[0]! / 4);
    run.dispose();
  });

  it('ends at the first loss that is not finite', async () => {
    const train = examples(classLabels(3));
    const features = train.features.map((value, i) => (i === 5 * FEATURES ? Number.NaN : value));
    const run = await start(structure, { ...train, features });
    const result = await run.trainChunk(inOrder(8));
    expect(result).toMatchObject({ finite: false, steps: 2 });
    expect(result.losses[1]).toBeNaN();
    run.dispose();
  });
});

describe('an embedding', () => {
  const structure = structureOf({
    classes: 3,
    layers: [{ type: 'embedding', numEmbeddings: 4, embeddingDim: 2 }, dense(3)],
  });
  const whole = (value: number): Examples => {
    const given = examples(classLabels(3));
    return { ...given, features: given.features.map((_, i) => (i === 2 * FEATURES ? value : i % 4)) };
  };

  it('trains the rows that its batch looks up, and no others', async () => {
    const run = await start(structure, whole(0));
    const table = () => [...run.parameters()[0]!.values];
    const before = table();
    const firstRowsOnly = { ...whole(0), features: whole(0).features.map((value) => value % 2) };
    run.dispose();
    const partly = await start(structure, firstRowsOnly);
    await partly.trainChunk(inOrder(8));
    const after = [...partly.parameters()[0]!.values];
    expect(after.slice(4)).toEqual(before.slice(4));
    for (const at of [0, 1, 2, 3]) expect(after[at]).not.toBe(before[at]);
    partly.dispose();
  });

  it.each([4, -1, 1.5, Number.NaN])('refuses the value %s, naming the row', async (value) => {
    const message = `row 2 has the value ${value}, which an embedding of 4 does not hold`;
    await expect(start(structure, whole(value))).rejects.toMatchObject({ code: 'E_DATA_VALUE', message });
  });
});

describe('features that are zero in every row', () => {
  const weightIn = (changes: Partial<Structure>): string | null => inputWeight(structureOf(changes));

  it('count for nothing where a dense layer takes them as they are', () => {
    expect(weightIn({ layers: [{ type: 'flatten' }, dense(4)] })).toBe('1.weight');
    expect(weightIn({ layers: [dense(4), NORM], preprocessing: { shift: 0, scale: 0.5 } })).toBe('0.weight');
  });

  it('may count for something in any other first layer, and where they are shifted or scaled one by one', () => {
    expect(weightIn({ layers: [NORM, dense(4)] })).toBeNull();
    expect(weightIn({ layers: [{ type: 'layer_norm', eps: 1e-5, affine: true }, dense(4)] })).toBeNull();
    expect(weightIn({ layers: [{ type: 'embedding', numEmbeddings: 3, embeddingDim: 2 }, dense(4)] })).toBeNull();
    expect(weightIn({ layers: [{ type: 'sigmoid' }, dense(4)] })).toBeNull();
    expect(weightIn({ layers: [{ type: 'concat', branches: [[dense(4)], []] }, dense(4)] })).toBeNull();
    expect(weightIn({ layers: [dense(4)], preprocessing: { shift: 1, scale: 1 } })).toBeNull();
    const columns = [{ type: 'number', column: 0, fill: null, shift: 0, scale: 1 }] as const;
    expect(weightIn({ layers: [dense(4)], preprocessing: { columns } })).toBeNull();
    expect(weightIn({ layers: [dense(4)], preprocessing: { shift: 0, scale: [1, 2, 1, 2, 1, 2] } })).toBeNull();
  });
});

describe('losses of batches', () => {
  const LOSSES: readonly (readonly [string, Partial<Structure>, (rows: number) => Examples['labels']])[] = [
    ['cross-entropy', { classes: 10, layers: [dense(10)] }, (rows) => classLabels(10, rows)],
    [
      'weighted cross-entropy with smoothing',
      {
        classes: 10,
        layers: [dense(10)],
        loss: {
          type: 'cross_entropy',
          labelSmoothing: 0.1,
          classWeights: Array.from({ length: 10 }, (_, i) => 0.3 + i / 7),
        },
      },
      (rows) => classLabels(10, rows),
    ],
    [
      'squared error of three numbers',
      { classes: null, layers: [dense(3)], loss: { type: 'mse' } },
      (rows) => Float32Array.from({ length: rows * 3 }, (_, i) => Math.sin(i)),
    ],
  ];

  it.each(LOSSES)(
    'are the same bits wherever an order is cut, for batches of any size: %s',
    async (_, changes, labelsOf) => {
      for (const batchSize of [1, 2, 3, 5, 6, 7, 9, 12, 13, 20, 31]) {
        const rows = batchSize * 41 + 1;
        const train = examples(labelsOf(rows), rows);
        const structure = structureOf({ ...changes, batchSize });
        const [whole, cut] = [await start(structure, train), await start(structure, train)];
        const order = inOrder(rows);
        const expected = [...(await whole.trainChunk(order)).losses];
        const found: number[] = [];
        for (const [from, to] of [
          [0, 3],
          [3, 4],
          [4, 17],
          [17, 30],
          [30, 42],
        ] as const) {
          const part = order.subarray(from * batchSize, Math.min(rows, to * batchSize));
          found.push(...(await cut.trainChunk(part)).losses);
        }
        expect(found, `batches of ${batchSize}`).toEqual(expected);
        whole.dispose();
        cut.dispose();
      }
    },
  );
});
