import { describe, expect, it } from 'vitest';
import { heldOutScore, modelLines } from '../../../cli/reading/best.ts';

const lineOf = (metrics: Readonly<Record<string, number>>) =>
  modelLines({ trial: 't000002', path: null, sha256: '0092cefe859f1d2e', score: heldOutScore({ metrics }) })[1];

describe('the line of the best model', () => {
  it('has its accuracy on test rows, else on validation rows; of numbers, the squared error', () => {
    expect(lineOf({ train_accuracy: 1, val_accuracy: 0.5, test_accuracy: 0.25 })).toContain(', test_accuracy 0.2500,');
    expect(lineOf({ train_accuracy: 1, val_accuracy: 0.5 })).toContain(', val_accuracy 0.5000,');
    expect(lineOf({ train_mse: 1, val_mse: 912.5, test_mse: 749.9 })).toContain(', test_mse 749.9,');
    expect(lineOf({ train_loss: 1 })).toBe('  trial t000002, sha256 0092cefe859f');
  });
});
