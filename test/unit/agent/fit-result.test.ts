import { describe, expect, it } from 'vitest';
import { fitResult } from '../../../agent/core/attempt/fit-result.ts';
import { epochOfEntry } from '../../../shared/protocol/index.ts';
import { resultOf } from '../../support/sweep-events.ts';

const epochs = (count: number) => Array.from({ length: count }, (_, i) => ({ epoch: i, val_loss: 1 / (i + 1) }));

describe('fitResult', () => {
  it('leaves a result that fits alone', () => {
    const result = resultOf({ history: epochs(20) });
    expect(fitResult(result, 60_000)).toBe(result);
  });

  it('thins a long history to the limit, keeping first and last epoch and their order', () => {
    const fitted = fitResult(resultOf({ history: epochs(10_000) }), 60_000);
    expect(JSON.stringify(fitted).length).toBeLessThanOrEqual(60_000);
    expect(fitted.history.length).toBeGreaterThan(1_000);
    expect(fitted.history[0]).toMatchObject({ epoch: 0 });
    expect(fitted.history.at(-1)).toMatchObject({ epoch: 9_999 });
    const order = fitted.history.map((values) => values.epoch as number);
    expect(order).toEqual([...order].sort((a, b) => a - b));
  });

  it('leaves entries whose epochs can be told from how many there were', () => {
    const counted = Array.from({ length: 10_000 }, (_, i) => ({ epoch: i + 1, val_loss: 1 / (i + 1) }));
    const { history, epochs: trained } = fitResult(resultOf({ history: counted, epochs: 10_000 }), 60_000);
    expect(history.map((_, i) => epochOfEntry(i, history.length, trained))).toEqual(
      history.map((entry) => entry.epoch),
    );
  });

  it('counts bytes, not characters', () => {
    const history = Array.from({ length: 100 }, () => ({ 'Verlust-äöü-損失': 1 }));
    const fitted = fitResult(resultOf({ history }), 2_000);
    expect(Buffer.byteLength(JSON.stringify(fitted))).toBeLessThanOrEqual(2_000);
  });
});
