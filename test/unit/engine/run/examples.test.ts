import { describe, expect, it } from 'vitest';
import type { Examples, Structure } from '../../../../agent/engine/port.ts';
import { checkExamples, readInBlocks } from '../../../../agent/engine/run/examples.ts';

const structure: Structure = {
  inputShape: [3],
  inputType: 'float32',
  classes: null,
  layers: [{ type: 'dense', units: 2 }],
  loss: { type: 'mse' },
  optimizer: { type: 'sgd', lr: 0.1, momentum: 0, nesterov: false, weightDecay: 0 },
  batchSize: 2,
  preprocessing: { shift: 0, scale: 1 },
};

const check = (features: number, labels: number) =>
  checkExamples(
    { structure, outputs: 2 },
    { features: new Float32Array(features), labels: new Float32Array(labels), shape: [3], rows: 4 },
  );

describe('rows that an engine is given', () => {
  it('bring as many numbers as the model predicts', () => {
    expect(() => check(12, 8)).not.toThrow();
    expect(() => check(12, 4)).toThrow('the model gives 2 numbers for each row, but the data has 1 to predict');
    expect(() => check(11, 8)).toThrow('4 rows of 3 values, but 11 values and 8 labels');
  });
});

describe('stored rows', () => {
  it('are read in their order, as many at a time as 64 MiB hold, one at least', async () => {
    const asked: number[][] = [];
    const read = (indices: Int32Array): Promise<Examples> => {
      asked.push([...indices]);
      return Promise.resolve({
        features: new Float32Array(0),
        labels: new Int32Array(0),
        shape: [],
        rows: indices.length,
      });
    };
    const blocksOf = async (rows: number, mebibytes: number) => {
      asked.length = 0;
      const counts: number[] = [];
      for await (const block of readInBlocks({ rows, shape: [mebibytes, 2 ** 18], read })) counts.push(block.rows);
      return counts;
    };
    expect(await blocksOf(9, 16)).toEqual([4, 4, 1]);
    expect(asked).toEqual([[0, 1, 2, 3], [4, 5, 6, 7], [8]]);
    expect(await blocksOf(2, 100)).toEqual([1, 1]);
    expect(asked).toEqual([[0], [1]]);
  });
});
