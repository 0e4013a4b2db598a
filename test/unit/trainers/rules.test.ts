/** The rules that look at a trial after every epoch: what is measured, what is best, what ends it. */
import { describe, expect, it } from 'vitest';
import type { DataSet } from '../../../agent/data/index.ts';
import { chanceOf, classShares } from '../../../agent/trainers/builtin/chance.ts';
import { FRESH_WATCH, lossFault, trainingFault, watchChance } from '../../../agent/trainers/builtin/divergence.ts';
import { checkMetric, findingsOf, plainMetrics, scoreMetrics } from '../../../agent/trainers/builtin/metrics.ts';
import { createPacer } from '../../../agent/trainers/builtin/pacer.ts';
import { betterEpoch, FRESH_PATIENCE, waitForBetter } from '../../../agent/trainers/builtin/stopping.ts';
import { metricNamesFor, parseMetricName } from '../../../shared/sweep/index.ts';

const part = { features: new Uint8Array(2), shape: [1], labels: Int32Array.from([0, 1]), rows: 2 };
const data: DataSet = {
  name: 'tiny',
  train: part,
  test: null,
  validation: null,
  classes: ['a', 'b'],
  hash: '0'.repeat(64),
};

describe('metrics of a part', () => {
  it('are loss, accuracy and error, with null for what is not finite', () => {
    expect(plainMetrics('val', { loss: 0.25, accuracy: 0.75, rows: 4 }, 2)).toEqual({
      val_loss: 0.25,
      val_accuracy: 0.75,
      val_error: 0.25,
    });
    const broken = { loss: Number.POSITIVE_INFINITY, accuracy: 0.1, rows: 4 };
    expect(plainMetrics('test', broken, 2)).toMatchObject({ test_loss: null });
    expect(plainMetrics('test', { loss: 2, accuracy: Number.NaN, rows: 4 }, null)).toEqual({ test_loss: 2 });
    expect(plainMetrics('val', { loss: Number.NaN, accuracy: Number.NaN, rows: 4 }, 2)).toEqual({
      val_loss: null,
      val_accuracy: null,
      val_error: null,
    });
  });

  const named = (names: readonly string[]) => names.map((name) => parseMetricName(name)!);

  it('follow from scores where they are asked for', () => {
    const rows = { ...part, labels: Int32Array.from([0, 1, 2, 2]), rows: 4 };
    const outputs = Float32Array.from([0.5, 0.2, 0.2, 0.3, 0.4, 0.2, 0.2, 0.4, 0.3, 0.7, 0.2, 0.1]);
    const findings = findingsOf(outputs, rows, 3, { type: 'mse' });
    expect(scoreMetrics(named(['val_loss', 'val_top2_accuracy', 'val_recall_macro']), findings)).toEqual({
      val_top2_accuracy: 0.75,
      val_recall_macro: 2 / 3,
    });
    const all = scoreMetrics(named(metricNamesFor(3)), findings);
    expect(Object.keys(all)).toEqual(
      metricNamesFor(3).filter((name) => !/_(loss|accuracy|error)$/.test(name) || name.includes('top')),
    );
  });

  it('are means over classes, or over rows, each under its own name', () => {
    // Of four rows of the first class three are found, the one of the second is, the one of the third is taken for it.
    const rows = { ...part, labels: Int32Array.from([0, 0, 0, 0, 1, 2]), rows: 6 };
    const outputs = Float32Array.from([0, 0, 0, 1, 1, 1].flatMap((guess) => [0, 1, 2].map((c) => Number(c === guess))));
    const metrics = scoreMetrics(named(metricNamesFor(3)), findingsOf(outputs, rows, 3, { type: 'mse' }));
    const expected = {
      val_precision_macro: (1 + 1 / 3 + 0) / 3,
      val_recall_macro: (3 / 4 + 1 + 0) / 3,
      val_f1_macro: (6 / 7 + 1 / 2 + 0) / 3,
      val_precision_weighted: (4 * 1 + 1 / 3 + 0) / 6,
      val_recall_weighted: (4 * (3 / 4) + 1 + 0) / 6,
      val_f1_weighted: (4 * (6 / 7) + 1 / 2 + 0) / 6,
    };
    for (const [name, value] of Object.entries(expected)) expect(metrics[name], name).toBeCloseTo(value, 12);
  });

  it.each([
    [{ type: 'cross_entropy' }, [0.5, 0.5]],
    [{ type: 'nll' }, [Math.exp(-1), Math.exp(-1)]],
    [{ type: 'bce_with_logits' }, [1 / (1 + Math.E), 1 / (1 + Math.E)]],
    [{ type: 'mse' }, [-1, -1]],
    [{ type: 'mae' }, [-1, -1]],
    [{ type: 'huber', delta: 1 }, [-1, -1]],
  ] as const)('take two outputs of -1 under the loss %j for the scores %j', (loss, scores) => {
    const findings = findingsOf(new Float32Array(4).fill(-1), part, 2, loss);
    if (findings.type !== 'classes') throw new Error('there are classes');
    for (const [i, score] of scores.entries()) expect(findings.classes.rows.scores[i]).toBeCloseTo(score, 12);
  });

  it('have no area under the curve where a class is not among the labels', () => {
    const findings = findingsOf(new Float32Array(6), { ...part, rows: 2 }, 3, { type: 'cross_entropy' });
    expect(scoreMetrics(named(['test_roc_auc']), findings)).toEqual({ test_roc_auc: null });
  });

  it('are errors where numbers are predicted', () => {
    const rows = { ...part, labels: Float32Array.from([3, -0.5, 2, 7]), rows: 4 };
    const findings = findingsOf(Float32Array.from([2.5, 0, 2, 8]), rows, null, { type: 'mse' });
    const metrics = scoreMetrics(named(['val_mse', 'val_mae', 'val_r2']), findings);
    expect(metrics).toMatchObject({ val_mse: 0.375, val_mae: 0.5 });
    expect(metrics.val_r2).toBeCloseTo(0.9486, 4);
  });
});

describe('checkMetric', () => {
  const check = (name: string, changes: Partial<DataSet> = {}) =>
    checkMetric(name, 'metric.name', { ...data, ...changes });

  it('refuses what no epoch would measure', () => {
    expect(() => check('train_loss')).not.toThrow();
    expect(() => check('val_error', { validation: part })).not.toThrow();
    expect(() => check('val_loss')).toThrow('no trial measures val_loss');
    expect(() => check('test_loss')).toThrow('no trial measures test_loss');
    expect(() => check('test_r2', { test: part })).toThrow('no trial measures test_r2');
    expect(() => check('test_r2', { test: part, classes: null })).not.toThrow();
    expect(() => check('test_accuracy', { test: part, classes: null })).toThrow('no trial measures test_accuracy');
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

  const equal = (classes: number) => new Array<number>(classes).fill(1 / classes);

  /** The first epoch, counted from 1, at which the watch gives the model up; null where it never does. */
  function givenUpAt(
    epochs: readonly (readonly [trainLoss: number, accuracy: number | null])[],
    chance = chanceOf({ type: 'cross_entropy' }, equal(10)),
  ): number | null {
    let watch = FRESH_WATCH;
    for (const [i, [trainLoss, accuracy]] of epochs.entries()) {
      const seen = watchChance(watch, { trainLoss, accuracy, last: i === epochs.length - 1 }, chance);
      if (seen.stuck) return i + 1;
      watch = seen.watch;
    }
    return null;
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

  it('knows what guessing costs under every loss', () => {
    const lossOf = (loss: Parameters<typeof chanceOf>[0], classes: number) => chanceOf(loss, equal(classes))!.loss;
    expect(lossOf({ type: 'cross_entropy', labelSmoothing: 0.1 }, 2)).toBeCloseTo(Math.LN2, 12);
    expect(lossOf({ type: 'nll' }, 10)).toBeCloseTo(Math.log(10), 12);
    expect(lossOf({ type: 'bce_with_logits' }, 2)).toBeCloseTo(Math.LN2, 5);
    // The entropy of one in ten.
    expect(lossOf({ type: 'bce_with_logits' }, 10)).toBeCloseTo(0.32508, 4);
    // Three ones for every zero, by weight: p = 3/4, halved because one is one row of two.
    expect(lossOf({ type: 'bce_with_logits', positiveWeight: 3 }, 2)).toBeCloseTo(
      -(3 * Math.log(0.75) + Math.log(0.25)) / 2,
      5,
    );
    expect(lossOf({ type: 'mse' }, 10)).toBeCloseTo(0.09, 5);
    expect(lossOf({ type: 'mae' }, 10)).toBeCloseTo(0.1, 3);
    expect(lossOf({ type: 'huber', delta: 1 }, 10)).toBeCloseTo(0.045, 5);
  });

  it('knows that guessing is cheaper where some classes are commoner', () => {
    const shares = classShares(Int32Array.of(1, 1, 0, 1), 2);
    expect(shares).toEqual([0.25, 0.75]);
    const entropy = -(0.25 * Math.log(0.25) + 0.75 * Math.log(0.75));
    expect(chanceOf({ type: 'cross_entropy' }, shares)).toEqual({
      loss: expect.closeTo(entropy, 12),
      classes: 2,
      commonest: 0.75,
    });
    expect(chanceOf({ type: 'bce_with_logits' }, shares)!.loss).toBeCloseTo(entropy, 5);
    // Smoothed by 0.2 the targets of all rows together are 0.3 and 0.7.
    const smoothed = -(0.3 * Math.log(0.3) + 0.7 * Math.log(0.7));
    expect(chanceOf({ type: 'cross_entropy', labelSmoothing: 0.2 }, shares)!.loss).toBeCloseTo(smoothed, 12);
    expect(chanceOf({ type: 'nll', classWeights: [3, 1] }, shares)!.loss).toBeCloseTo(Math.LN2, 12);
    expect(chanceOf({ type: 'mse' }, shares)!.loss).toBeCloseTo(0.1875, 5);
  });

  it('is also a model that always answers the commonest class', () => {
    // Sums of two digits: nine of them are 9, one in ten.
    const sums = Array.from({ length: 19 }, (_, sum) => (10 - Math.abs(9 - sum)) / 100);
    const chance = chanceOf({ type: 'cross_entropy' }, sums);
    expect(givenUpAt([[2.76, 0.1]], chance)).toBe(1);
    expect(givenUpAt([[2.4, 0.1]], chance)).toBeNull();
  });

  it('is not one that finds a weak signal: a few points above the commonest class', () => {
    const chance = chanceOf({ type: 'cross_entropy' }, equal(2));
    expect(givenUpAt([[0.685, 0.54]], chance)).toBe(1);
    expect(givenUpAt([[0.685, 0.58]], chance)).toBeNull();
  });

  it('is never seen where there is nothing to guess', () => {
    expect(givenUpAt([[0, 1]], chanceOf({ type: 'cross_entropy' }, [1]))).toBeNull();
    expect(givenUpAt([[9, null]], chanceOf({ type: 'mse' }, null))).toBeNull();
  });
});

describe('the best epoch', () => {
  it('is the first of the best by the direction of the metric', () => {
    const bestOf = (metric: string, values: readonly (number | null)[]) =>
      values.reduce<ReturnType<typeof betterEpoch>>(
        (best, value, i) => betterEpoch(best, metric, i + 1, { [metric]: value }),
        null,
      );
    expect(bestOf('val_loss', [3, 1, 2, 1])).toEqual({ epoch: 2, value: 1 });
    expect(bestOf('val_accuracy', [0.5, 0.7, 0.7])).toEqual({ epoch: 2, value: 0.7 });
    expect(bestOf('val_r2', [null, -3, -4])).toEqual({ epoch: 2, value: -3 });
    expect(bestOf('val_loss', [null, null])).toBeNull();
  });
});

describe('early stopping', () => {
  function stopsAt(values: readonly (number | null)[], patience: number, minDelta = 0, metric = 'val_loss') {
    let waiting = FRESH_PATIENCE;
    for (const [i, value] of values.entries()) {
      const config = { metric, patience, minDelta, restoreBest: true };
      const seen = waitForBetter(waiting, config, { [metric]: value });
      if (seen.stop) return i + 1;
      waiting = seen.patience;
    }
    return null;
  }

  it('waits for as many epochs as it is told', () => {
    expect(stopsAt([3, 2, 2.5, 2.1, 1.9, 2, 2, 2], 3)).toBe(8);
    expect(stopsAt([3, 2, 2.5, 2.1, 1.9, 2, 2, 2], 2)).toBe(4);
    expect(stopsAt([3, 3], 1)).toBe(2);
    expect(stopsAt([3, 2, 1], 1)).toBeNull();
  });

  it('does not take a smaller gain than min_delta for one, however many of them come', () => {
    expect(stopsAt([1, 0.95, 0.9, 0.85], 3, 0.1)).toBeNull();
    expect(stopsAt([1, 0.95, 0.92, 0.91], 3, 0.1)).toBe(4);
    expect(stopsAt([0.5, 0.55, 0.56], 2, 0.1, 'val_accuracy')).toBe(3);
  });

  it('takes no number for no gain', () => {
    expect(stopsAt([null, null], 2)).toBe(2);
    expect(stopsAt([1, null, 0.5, null], 2)).toBeNull();
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
