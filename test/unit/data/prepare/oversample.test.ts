import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { hashContents, type StoredRows, takeRows } from '../../../../agent/data/data-set.ts';
import { prepareData } from '../../../../agent/data/prepare/prepare.ts';
import { type SmoteColumn, syntheticRows } from '../../../../agent/data/prepare/smote.ts';
import type { Examples } from '../../../../agent/engine/port.ts';
import type { PrepareStep } from '../../../../shared/sweep/train/data-config.ts';
import { preparedTable } from '../../../support/table-data.ts';

const number: SmoteColumn = { type: 'number', scale: 1 };
const category: SmoteColumn = { type: 'category', squaredDistance: null };
const label: SmoteColumn = { type: 'label', scale: 1 };
const smote = (neighbors = 5): PrepareStep => ({ type: 'oversample', method: 'smote', neighbors });
const random: PrepareStep = { type: 'oversample', method: 'random' };
const oneHot: PrepareStep = { type: 'encode', method: 'one_hot' };

const rowsOf = (values: Float32Array, width: number) =>
  Array.from({ length: values.length / width }, (_, row) =>
    Array.from(values.subarray(row * width, (row + 1) * width)),
  );

const countsOf = (labels: Examples['labels']) => {
  const counts = new Map<number, number>();
  for (const label of labels) counts.set(label, (counts.get(label) ?? 0) + 1);
  return [...counts.values()];
};

describe('synthetic rows', () => {
  /** Two pairs of neighbours, far apart. */
  const pairs = {
    rows: Float64Array.of(0, 0, 1, 2, 100, 100, 101, 104),
    columns: [number, number],
    neighbors: 1,
    key: 7,
  };

  it('lie on the line between a row and its nearest neighbour', () => {
    const made = rowsOf(syntheticRows({ ...pairs, count: 200 }), 2);
    const first = made.filter(([x]) => x! < 50);
    expect(first).toHaveLength(100);
    for (const [x, y] of first) {
      expect(x).toBeGreaterThanOrEqual(0);
      expect(x).toBeLessThanOrEqual(1);
      expect(y! - 2 * x!).toBeCloseTo(0, 5);
    }
    for (const [x, y] of made.filter((row) => row[0]! > 50)) expect(y! - 100).toBeCloseTo(4 * (x! - 100), 3);
    // From one end to the other: places are drawn anew for each row.
    expect(new Set(first.map(([x]) => x)).size).toBeGreaterThan(90);
    expect(Math.min(...first.map(([x]) => x!))).toBeLessThan(0.1);
    expect(Math.max(...first.map(([x]) => x!))).toBeGreaterThan(0.9);
  });

  it('go towards each of the neighbours that are asked for, and no other', () => {
    // From the corner of a right angle to its other two ends; only two neighbours join those with each other.
    const corner = Float64Array.of(0, 0, 1, 0, 0, 100);
    const edgesOf = (neighbors: number) => {
      const made = rowsOf(syntheticRows({ ...pairs, rows: corner, neighbors, count: 90 }), 2);
      const edges = made.map(([x, y]) => (y === 0 ? 'short' : x === 0 ? 'long' : 'across'));
      expect(made.every(([x, y]) => x! >= 0 && y! >= 0 && x! + y! / 100 <= 1.00001)).toBe(true);
      return Object.fromEntries(
        ['short', 'long', 'across'].map((edge) => [edge, edges.filter((e) => e === edge).length]),
      );
    };
    expect(edgesOf(1)).toEqual({ short: 60, long: 30, across: 0 });
    const two = edgesOf(2);
    for (const count of Object.values(two)) expect(count).toBeGreaterThan(15);
  });

  it('start at rows that are drawn', () => {
    const single = (key: number) => rowsOf(syntheticRows({ ...pairs, key, count: 1 }), 2)[0]![0]! > 50;
    const far = Array.from({ length: 20 }, (_, key) => single(key)).filter(Boolean).length;
    expect(far).toBeGreaterThan(3);
    expect(far).toBeLessThan(17);
  });

  it('have codes for numbers in their distances, and nothing between two codes', () => {
    // The second column is a code: by its scale the third row is near to the first, or the second is.
    const rows = Float64Array.of(0, 0, 1, 1, 3, 0);
    const madeWith = (scale: number) =>
      rowsOf(syntheticRows({ ...pairs, rows, columns: [number, { type: 'label', scale }], count: 30 }), 2);
    const [small, large] = [madeWith(1), madeWith(10)];
    // Each row is a start ten times; its neighbour's code is what it gets.
    const codesOf = (made: readonly (readonly number[])[]) =>
      [0, 1].map((code) => made.filter((r) => r[1] === code).length);
    expect([codesOf(small), codesOf(large)]).toEqual([
      [10, 20],
      [30, 0],
    ]);
    expect(syntheticRows({ ...pairs, rows, columns: [number, label], count: 30 })).toEqual(
      Float32Array.from(small.flat()),
    );
  });

  it('are the same every time, and others for another class', () => {
    const made = syntheticRows({ ...pairs, count: 9 });
    expect(syntheticRows({ ...pairs, count: 9 })).toEqual(made);
    expect(syntheticRows({ ...pairs, count: 9, key: 8 })).not.toEqual(made);
  });

  it('are near by the scaled numbers, not the stored ones', () => {
    // Stored, 0 is nearest to 3 in the first column; scaled, only the second counts.
    const columns: SmoteColumn[] = [
      { type: 'number', scale: 0.001 },
      { type: 'number', scale: 1 },
    ];
    const rows = Float64Array.of(0, 0, 3, 9, 500, 1);
    const made = rowsOf(syntheticRows({ rows, columns, neighbors: 1, count: 90, key: 1 }), 2);
    const ofFirst = made.filter(([, y]) => y! > 0.01 && y! < 0.99);
    expect(ofFirst.length).toBeGreaterThan(40);
    for (const [x, y] of ofFirst) expect(x! / 500).toBeCloseTo(y!, 4);
  });

  it('have the commonest category among the neighbours, of equals the first', () => {
    // By hand: the neighbours of each row are the other three.
    const rows = Float64Array.of(0, 1, 0.1, 1, 0.2, 2, 0.3, 1);
    const made = rowsOf(syntheticRows({ rows, columns: [number, category], neighbors: 3, count: 8, key: 1 }), 2);
    expect(made.map(([, code]) => code)).toEqual([1, 1, 1, 1, 1, 1, 1, 1]);
    const even = Float64Array.of(0, 5, 0.1, 4, 0.2, 9);
    const tied = rowsOf(syntheticRows({ rows: even, columns: [number, category], neighbors: 2, count: 9, key: 1 }), 2);
    expect(new Set(tied.map(([, code]) => code))).toEqual(new Set([4, 5]));
  });

  it('count another category as the median spread of the numbers', () => {
    const categoriesMade = (rows: readonly (readonly [number, number])[]) => {
      const columns = [number, category];
      const made = syntheticRows({
        rows: Float64Array.from(rows.flat()),
        columns,
        neighbors: 1,
        count: rows.length,
        key: 1,
      });
      return rowsOf(made, 2)
        .map(([, code]) => code)
        .sort();
    };
    // Numbers 0, 3, 0 spread by sqrt(2): to the first row, the third with its other category is nearer than the second.
    expect(
      categoriesMade([
        [0, 1],
        [3, 1],
        [0, 2],
      ]),
    ).toEqual([1, 1, 2]);
    // With a fourth they spread by 8.3: now the second row is nearer.
    expect(
      categoriesMade([
        [0, 1],
        [3, 1],
        [0, 2],
        [20, 3],
      ]),
    ).toEqual([1, 1, 1, 1]);
  });
});

describe('oversampling a table', () => {
  const text = 'a,b,s,y\n0,5,m,no\n1,6,m,no\n2,7,f,no\n3,8,f,no\n4,9,m,no\n10,50,f,yes\n12,54,f,yes\n14,58,m,yes';

  it('keeps all rows and adds rows of the rarer class behind them', async () => {
    for (const step of [smote(), random]) {
      const before = (await preparedTable(text, { prepare: [oneHot] })).data.train as Examples;
      const { train } = (await preparedTable(text, { prepare: [oneHot, step] })).data as { readonly train: Examples };
      expect(countsOf(train.labels)).toEqual([5, 5]);
      expect(train.features.subarray(0, before.features.length)).toEqual(before.features);
      expect(Array.from(train.labels.subarray(8))).toEqual([1, 1]);
      for (const [a, b, s] of rowsOf(train.features.slice(before.features.length) as Float32Array, 3)) {
        expect(b! - 30).toBeCloseTo(2 * a!, 4);
        expect([0, 1]).toContain(s);
      }
    }
  });

  it('draws other rows for each class', async () => {
    const values = [0, 3, 4, 9, 11];
    const rows = ['p', 'q'].flatMap((name) => values.map((value) => `${value},${name}`));
    const common = Array.from({ length: 15 }, (_, i) => `${i},common`);
    const { data } = await preparedTable(`a,y\n${[...common, ...rows].join('\n')}`, { prepare: [smote(2)] });
    const { features, labels } = data.train as Examples;
    const madeOf = (name: string) => features.filter((_, row) => row >= 25 && data.classes![labels[row]!] === name);
    expect([madeOf('p').length, madeOf('q').length]).toEqual([10, 10]);
    expect(madeOf('p')).not.toEqual(madeOf('q'));
  });

  it('takes as many neighbours as the step asks for', async () => {
    const corner = ['0,0,rare', '1,0,rare', '0,100,rare', ...Array.from({ length: 60 }, (_, i) => `${i},${i},common`)];
    const across = async (neighbors: number) => {
      const { train } = (await preparedTable(`a,b,y\n${corner.join('\n')}`, { prepare: [smote(neighbors)] })).data;
      return rowsOf((train as Examples).features.slice(2 * 63) as Float32Array, 2).filter(([a, b]) => a! * b! > 0)
        .length;
    };
    expect(await across(1)).toBe(0);
    expect(await across(2)).toBeGreaterThan(10);
  });

  it('has categories that are features already as far apart as these are', async () => {
    // Numbers 0, 1.3, 0 spread by 0.6: less than two features that differ, but not less than the squared way to 1.3.
    const rows = ['0,m,p', '1.3,m,p', '0,f,p', ...Array.from({ length: 9 }, (_, i) => `${i},m,q`)];
    const moved = async (prepare: readonly PrepareStep[]) => {
      const { train } = (await preparedTable(`a,s,y\n${rows.join('\n')}`, { prepare })).data as { train: Examples };
      return rowsOf(train.features.slice(24) as Float32Array, 2).filter(([a]) => a! > 0).length;
    };
    expect(await moved([oneHot, smote(1)])).toBe(4);
    expect(await moved([smote(1), oneHot])).toBe(2);
  });

  it('repeats rows that are drawn, each as often as any other, to one', async () => {
    // Ten classes of four rows beside one of nine: of each class one row is there three times.
    const rows = Array.from({ length: 49 }, (_, i) => `${i},${i < 40 ? Math.floor(i / 4) : 'usual'}`);
    const { data } = await preparedTable(`a,y\n${rows.join('\n')}`, { prepare: [random] });
    const cells = Array.from((data.train as Examples).features);
    const times = Array.from({ length: 40 }, (_, row) => cells.filter((cell) => cell === row).length);
    const thrice = Array.from({ length: 10 }, (_, c) => {
      const own = times.slice(4 * c, 4 * c + 4);
      expect(own.toSorted((a, b) => a - b)).toEqual([2, 2, 2, 3]);
      return own.indexOf(3);
    });
    expect(new Set(thrice).size).toBe(4);
  });

  it('leaves the rows of other parts alone', async () => {
    const split = { test: 1, validation: 1, stratified: true };
    const plain = (await preparedTable(text, { prepare: [oneHot], split })).data;
    const { train, test, validation } = (await preparedTable(text, { prepare: [oneHot, smote(1)], split })).data;
    expect([test, validation]).toEqual([plain.test, plain.validation]);
    expect(new Set(countsOf(train.labels)).size).toBe(1);
  });

  it('fills missing cells as the steps before say, and keeps missing categories apart', async () => {
    const holes = 'a,s,y\n0,m,n\n1,m,n\n2,f,n\n3,,n\n,,p\n9,,p';
    const median: PrepareStep = { type: 'impute', strategy: 'median' };
    const { train } = (await preparedTable(holes, { prepare: [median, smote(), oneHot] })).data as { train: Examples };
    for (const [a, s] of rowsOf(train.features.slice(12) as Float32Array, 2)) {
      expect(a).toBeGreaterThanOrEqual(2);
      expect(a).toBeLessThanOrEqual(9);
      expect(s).toBeNaN();
    }
  });

  it('makes rows of what fills their gaps', async () => {
    const gaps = 'a,y\n1,n\n3,n\n8,n\n9,n\n,p\n,p';
    const median: PrepareStep = { type: 'impute', strategy: 'median' };
    const { train } = (await preparedTable(gaps, { prepare: [median, smote()] })).data as { train: Examples };
    expect(Array.from(train.features.subarray(6))).toEqual([5.5, 5.5]);
  });

  it('balances any classes, between the least and the most of each number of a class', async () => {
    const rows = fc.array(fc.tuple(fc.integer({ min: -50, max: 50 }), fc.constantFrom('p', 'q', 'r')), {
      minLength: 1,
      maxLength: 30,
    });
    await fc.assert(
      fc.asyncProperty(rows, fc.integer({ min: 1, max: 6 }), async (drawn, neighbors) => {
        // Two rows of each class, as smote needs.
        const all = [...drawn, ...['p', 'q', 'r'].flatMap((name) => [[0, name] as const, [7, name] as const])];
        const { data } = await preparedTable(`a,y\n${all.map((row) => row.join(',')).join('\n')}`, {
          prepare: [smote(neighbors)],
        });
        const { features, labels, rows: count } = data.train as Examples;
        expect(new Set(countsOf(labels)).size).toBe(1);
        expect(Array.from(features.subarray(0, all.length))).toEqual(all.map(([value]) => value));
        for (let row = all.length; row < count; row++) {
          const own = all.filter(([, name]) => name === data.classes![labels[row]!]).map(([value]) => value);
          expect(features[row]).toBeGreaterThanOrEqual(Math.min(...own));
          expect(features[row]).toBeLessThanOrEqual(Math.max(...own));
        }
      }),
      { numRuns: 40 },
    );
  });
});

describe('oversampling images', () => {
  const train = {
    features: Uint8Array.of(1, 1, 2, 2, 3, 3, 4, 4),
    shape: [1, 2],
    labels: Int32Array.of(0, 0, 0, 1),
    rows: 4,
  };
  const classes = ['a', 'b'];
  const data = { name: 'i', train, test: null, validation: null, classes, hash: hashContents(train, null, classes) };
  const config = { name: 'digits', file: null, split: {}, scale: 'unit' } as const;
  const prepare = [random];

  it('repeats the rows of rarer classes, in memory or on disk', async () => {
    const expected = Uint8Array.of(1, 1, 2, 2, 3, 3, 4, 4, 4, 4, 4, 4);
    const read = async (indices: Int32Array) => takeRows(train, indices);
    const stored: StoredRows = { shape: [2], rows: 4, labels: train.labels, inputType: 'uint8', read };
    const onDisk = (await prepareData({ ...data, train: stored }, { ...config, prepare })).data.train as StoredRows;
    expect((await onDisk.read(Int32Array.of(0, 1, 2, 3, 4, 5))).features).toEqual(expected);
    const inMemory = (await prepareData(data, { ...config, prepare })).data.train as Examples;
    expect([inMemory.features, inMemory.labels]).toEqual([expected, Int32Array.of(0, 0, 0, 1, 1, 1)]);
  });
});
