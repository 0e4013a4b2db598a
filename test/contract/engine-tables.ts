/** Rows of tables and images as they are stored, prepared inside the model: trained on, evaluated and exported alike. */
import { describe, expect, it } from 'vitest';
import type { Examples, Preprocessing, Structure, TableEncoding } from '../../agent/engine/port.ts';
import { preprocessedShape } from '../../agent/engine/port.ts';
import { deriveKey, draw32, drawUniform } from '../../shared/kernel/random.ts';
import type { LayerConfig } from '../../shared/sweep/train.ts';
import { rowOrder } from '../support/learnable-examples.ts';
import { naiveFeatures, naiveNetwork } from '../support/naive-network.ts';
import { BATCH, CLASSES, mlp, stored, train } from './engine-nets.ts';
import { type EngineSuite, engineRig, largestDeviation, parameterDeviation } from './engine-rig.ts';

/** Four columns: numbers, categories 0..2 with unknown codes, numbers, categories 0..3; a sixth of all cells is missing. */
function tableExamples(rows: number, seed: number): Examples {
  const key = deriveKey(seed, 'table');
  const features = new Float32Array(rows * 4);
  const labels = new Int32Array(rows);
  for (let row = 0; row < rows; row++) {
    const [a, b, c, d] = [0, 1, 2, 3].map((column) => drawUniform(key, row * 4 + column)) as [
      number,
      number,
      number,
      number,
    ];
    features.set([100 + 20 * a, Math.floor(b * 5), c - 0.5, Math.floor(d * 4)], row * 4);
    labels[row] = (a > 0.5 ? 2 : 0) + (d > 0.5 ? 1 : 0);
    for (let cell = row * 4; cell < row * 4 + 4; cell++) {
      if (draw32(deriveKey(seed, 'missing'), cell) % 6 === 0) features[cell] = Number.NaN;
    }
  }
  return { features, shape: [4], labels, rows };
}

const rows = tableExamples(90, 81);
const others = tableExamples(37, 82);

const number = (column: number, fill: number | null, shift = 0, scale = 1) =>
  ({ type: 'number', column, fill, shift, scale }) as const;
const oneHot = (column: number, categories: number, fill: number | null = null) =>
  ({ type: 'one_hot', column, categories, fill }) as const;

const ENCODINGS: readonly (readonly [string, TableEncoding])[] = [
  ['numbers in their order', { columns: [number(0, 110, 110, 0.1), number(1, 0), number(2, 0), number(3, 1, 1, 2)] }],
  ['categories alone', { columns: [oneHot(3, 4), oneHot(1, 3, 2)] }],
  [
    'mixed, in another order, a column left out',
    { columns: [oneHot(1, 3), number(2, 0.25, 0.25, 4), oneHot(3, 4, 0), number(0, 104.5, 109.3, 0.13)] },
  ],
  ['a column twice', { columns: [number(0, 110, 110, 0.1), number(0, 100, 100, 0.05), oneHot(3, 4)] }],
];

const structureFor = (preprocessing: Preprocessing): Structure => ({
  ...mlp,
  inputShape: [4],
  inputType: 'float32',
  preprocessing,
});

/** The same rows prepared beforehand, for a model that takes them as they are. */
function prepared(examples: Examples, of: Structure): { readonly examples: Examples; readonly of: Structure } {
  const width = examples.features.length / examples.rows;
  const features = Float32Array.from(
    Array.from({ length: examples.rows }, (_, row) =>
      naiveFeatures([...examples.features.subarray(row * width, (row + 1) * width)], of.preprocessing),
    ).flat(),
  );
  const shape = preprocessedShape(of.inputShape, of.preprocessing);
  return {
    examples: { ...examples, features, shape },
    of: { ...of, inputShape: shape, inputType: 'float32', preprocessing: { shift: 0, scale: 1 } },
  };
}

const images = { ...train, shape: [4, 3, 3] };
const byChannel: Preprocessing = { shift: [100, 110, 90, 0], scale: [1 / 64, 1 / 50, 0.01, 1 / 255] };
const conv: LayerConfig = {
  type: 'conv2d',
  outChannels: 3,
  kernelSize: [2, 2],
  stride: [1, 1],
  padding: [1, 1],
  dilation: [1, 1],
  groups: 1,
  activation: 'relu',
};

const CASES: readonly (readonly [string, Structure, Examples])[] = [
  ...ENCODINGS.map(([name, encoding]) => [name, structureFor(encoding), rows] as const),
  ['a mean and a spread for each channel', { ...mlp, inputShape: [4, 3, 3], preprocessing: byChannel }, images],
  [
    'the same before a convolution',
    { ...mlp, inputShape: [4, 3, 3], preprocessing: byChannel, layers: [conv, { type: 'flatten' }, mlp.layers[1]!] },
    images,
  ],
];

export function describeTables(name: string, suite: EngineSuite): void {
  const { verifyExport } = suite;
  describe(`engine contract, preprocessing: ${name}`, () => {
    const { engine, start, expectSameState } = engineRig(suite);
    const order = rowOrder(90, 12 * BATCH + 3, 83);

    it.each(CASES)('trains as on rows prepared beforehand: %s', async (_, of, examples) => {
      const ready = prepared(examples, of);
      const run = await start(of, examples);
      const plain = await start(ready.of, ready.examples, { parameters: run.parameters() });
      const [actual, expected] = [await run.trainChunk(order), await plain.trainChunk(order)];
      expect(actual.finite).toBe(true);
      expect(largestDeviation(actual.losses, expected.losses)).toBeLessThan(1e-5);
      expect(Math.max(...actual.losses) - Math.min(...actual.losses)).toBeGreaterThan(0.01);
      expect(parameterDeviation(run.parameters(), plain.parameters())).toBeLessThan(1e-5);
      run.dispose();
      plain.dispose();
    });

    it.each(CASES)('exports a model of raw rows that gives its predictions: %s', async (_, of, examples) => {
      const run = await start(of, examples);
      await run.trainChunk(order);
      const logits = await run.predict(examples);
      expect(logits.every(Number.isFinite)).toBe(true);
      const { maxDeviation, opset } = await verifyExport(run.exportOnnx({}), examples, logits);
      expect(maxDeviation).toBeLessThan(1e-5);
      expect(opset).toBe(17);
      run.dispose();
    });

    it.each(ENCODINGS)('evaluates and predicts as the definition says: %s', async (_, encoding) => {
      const of = { ...structureFor(encoding), layers: mlp.layers };
      const run = await start(of, rows);
      await run.trainChunk(order);
      const expected = naiveNetwork(others, of.layers, run.parameters(), encoding);
      const { loss, accuracy } = await run.evaluate(others);
      expect(accuracy).toBe(expected.accuracy);
      expect(loss).toBeCloseTo(expected.loss, 5);
      expect(largestDeviation(await run.predict(others), expected.logits.flat())).toBeLessThan(1e-4);
      run.dispose();
    });

    it('counts the parameters of the features, not of the columns', async () => {
      const encoding = { columns: [oneHot(1, 3), number(0, 0), oneHot(3, 4)] };
      const { parameterCount } = await engine().compile(structureFor(encoding));
      expect(parameterCount).toBe((8 + 1) * 12 + (12 + 1) * CLASSES);
    });

    it('takes unknown codes for no category, and lets a missing number through where nothing fills it', async () => {
      const of = structureFor({ columns: [oneHot(1, 3), number(0, null, 100, 0.1)] });
      const cells = (code: number, amount: number): Examples => ({
        features: Float32Array.of(amount, code, 0, 0),
        shape: [4],
        labels: Int32Array.of(0),
        rows: 1,
      });
      const run = await start(of, cells(0, 100));
      const [known, above, below, missing, between] = await Promise.all(
        [2, 3, -1, Number.NaN, 1.5].map((code) => run.predict(cells(code, 100))),
      );
      expect(above).not.toEqual(known);
      expect([below, missing, between]).toEqual([above, above, above]);
      expect((await run.evaluate(cells(0, Number.NaN))).loss).toBeNaN();
      run.dispose();
    });

    it('does the same with rows that are read when needed', async () => {
      const of = structureFor(ENCODINGS[2]![1]);
      const [memory, disk] = [await start(of, rows), await start(of, stored(rows))];
      expect(await disk.trainChunk(order)).toEqual(await memory.trainChunk(order));
      expectSameState(disk, memory);
      expect(await disk.predict(stored(others))).toEqual(await memory.predict(others));
      memory.dispose();
      disk.dispose();
    });

    it('gives programs of their own to encodings that differ in a number', async () => {
      const [, mixed] = ENCODINGS[2]!;
      const shifted = { columns: mixed.columns.map((c) => (c.type === 'number' ? { ...c, shift: c.shift + 1 } : c)) };
      const first = await start(structureFor(mixed), rows);
      const second = await start(structureFor(shifted), rows, { parameters: first.parameters() });
      expect(largestDeviation(await first.predict(rows), await second.predict(rows))).toBeGreaterThan(0.01);
      first.dispose();
      second.dispose();
    });

    it('embeds the codes of a table whose columns are all categories', async () => {
      const codes = Float32Array.from(rows.features, (cell, i) => (i % 4 === 1 || i % 4 === 3 ? cell : 0));
      const examples = { ...rows, features: codes };
      const of: Structure = {
        ...structureFor({ columns: [number(3, 0), number(1, 5)] }),
        layers: [{ type: 'embedding', numEmbeddings: 6, embeddingDim: 3 }, mlp.layers[1]!],
      };
      const run = await start(of, examples);
      const before = await run.evaluate(examples);
      for (let epoch = 0; epoch < 10; epoch++) await run.trainChunk(order);
      expect((await run.evaluate(examples)).loss).toBeLessThan(0.9 * before.loss);
      const logits = await run.predict(examples);
      expect((await verifyExport(run.exportOnnx({}), examples, logits)).maxDeviation).toBeLessThan(1e-5);
      const missing = { ...of, preprocessing: { columns: [number(3, null), number(1, 5)] } };
      const hole = codes.findIndex((cell, i) => i % 4 === 3 && Number.isNaN(cell));
      await expect(start(missing, examples)).rejects.toMatchObject({
        code: 'E_DATA_VALUE',
        message: `row ${Math.floor(hole / 4)} has the value NaN, which an embedding of 6 does not hold`,
        fix: 'impute missing cells, or drop their rows',
      });
      run.dispose();
    });
  });
}
