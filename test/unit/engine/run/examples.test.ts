import { describe, expect, it } from 'vitest';
import type { Structure } from '../../../../agent/engine/port.ts';
import { checkExamples } from '../../../../agent/engine/run/examples.ts';

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
