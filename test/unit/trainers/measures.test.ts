import { describe, expect, it } from 'vitest';
import {
  checkObjective,
  createChanceWatch,
  lossFault,
  metricsOf,
  trainingFault,
} from '../../../agent/trainers/builtin/measures.ts';
import { createPacer } from '../../../agent/trainers/builtin/pacer.ts';

const part = { features: new Uint8Array(2), shape: [1], labels: new Int32Array(2), rows: 2 };
const data = { name: 'tiny', train: part, test: null, validation: null, classes: ['a', 'b'], hash: '0'.repeat(64) };

describe('metrics of an epoch', () => {
  it('name each part that was evaluated', () => {
    expect(metricsOf(0.5, { validation: { loss: 0.25, accuracy: 0.75, rows: 4 }, test: null })).toEqual({
      train_loss: 0.5,
      val_loss: 0.25,
      val_accuracy: 0.75,
      val_error: 0.25,
    });
  });

  it('have null for what is not finite', () => {
    const test = { loss: Number.POSITIVE_INFINITY, accuracy: 0.1, rows: 4 };
    expect(metricsOf(Number.NaN, { validation: null, test })).toMatchObject({ train_loss: null, test_loss: null });
  });
});

describe('divergence', () => {
  it('is told by what is not finite, and when', () => {
    expect(trainingFault(2, Number.NaN)).toBe('train_loss is NaN at epoch 2');
    expect(trainingFault(1, Number.POSITIVE_INFINITY)).toBe('train_loss is infinite at epoch 1');
    expect(trainingFault(3, 0.7)).toBe('a parameter is not finite at epoch 3');
    const fine = { loss: 1, accuracy: 0.5, rows: 2 };
    expect(lossFault(4, { validation: fine, test: { ...fine, loss: Number.NaN } })).toBe('test_loss is NaN at epoch 4');
    expect(lossFault(4, { validation: fine, test: null })).toBeNull();
  });

  /** The first epoch, counted from 1, at which the watch gives the model up; null where it never does. */
  function givenUpAt(epochs: readonly (readonly [trainLoss: number, accuracy: number | null])[]): number | null {
    const isStuckAtChance = createChanceWatch(10);
    const at = epochs.findIndex(([trainLoss, accuracy], i) =>
      isStuckAtChance({ trainLoss, accuracy, last: i === epochs.length - 1 }),
    );
    return at < 0 ? null : at + 1;
  }
  const learned = [1.2, 0.6] as const;
  const stuck = [2.31, 0.1] as const;

  it('is also a model that ends where it would be by guessing', () => {
    expect(givenUpAt([[2.31, 0.1]])).toBe(1);
    expect(givenUpAt([[2.26, 0.15]])).toBe(1);
    expect(givenUpAt([[2.25, 0.1]])).toBeNull();
    expect(givenUpAt([[2.31, 0.16]])).toBeNull();
    expect(givenUpAt([[2.31, null]])).toBeNull();
    expect(givenUpAt([learned, stuck])).toBe(2);
  });

  it('is one that stays there for three epochs after it had learned something', () => {
    expect(givenUpAt([learned, stuck, stuck, stuck, stuck, stuck])).toBe(4);
    expect(givenUpAt([learned, stuck, stuck, learned, stuck, stuck, learned])).toBeNull();
  });

  it('is not one that has learned nothing yet: it may be slow', () => {
    expect(givenUpAt([stuck, stuck, stuck, stuck, learned])).toBeNull();
  });
});

describe('checkObjective', () => {
  it('refuses what no epoch would measure', () => {
    expect(() => checkObjective('train_loss', data)).not.toThrow();
    expect(() => checkObjective('val_error', { ...data, validation: part })).not.toThrow();
    expect(() => checkObjective('val_loss', data)).toThrow('no trial measures the objective val_loss');
    expect(() => checkObjective('test_loss', data)).toThrow('no trial measures the objective test_loss');
  });
});

describe('the pacer', () => {
  it('aims at a tenth of a second, between 20 steps and half a second', () => {
    const paceAfter = (stepCount: number, durationMs: number) => {
      const pacer = createPacer();
      pacer.learn(stepCount, durationMs);
      return pacer.stepCount();
    };
    expect(createPacer().stepCount()).toBe(20);
    expect(paceAfter(20, 2)).toBe(1000);
    expect(paceAfter(20, 200)).toBe(20);
    expect(paceAfter(20, 1000)).toBe(10);
    expect(paceAfter(1, 2000)).toBe(1);
    expect(paceAfter(0, 50)).toBe(20);
  });
});
