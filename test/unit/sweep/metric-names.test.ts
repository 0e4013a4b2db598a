import { describe, expect, it } from 'vitest';
import {
  isMeasurable,
  METRIC_NAMES,
  metricNamesFor,
  naturalGoal,
  parseMetricName,
} from '../../../shared/sweep/index.ts';

describe('the name of a metric', () => {
  it('says part and measure', () => {
    expect(parseMetricName('train_loss')).toEqual({ part: 'train', measure: 'loss', topK: null });
    expect(parseMetricName('val_f1_weighted')).toEqual({ part: 'val', measure: 'f1_weighted', topK: null });
    expect(parseMetricName('test_top12_accuracy')).toEqual({ part: 'test', measure: 'top12_accuracy', topK: 12 });
  });

  it.each([
    'loss',
    'val_',
    '_loss',
    'valid_loss',
    'val_top1_accuracy',
    'val_top05_accuracy',
    'val_top_accuracy',
    'val_toString',
    'val_loss ',
  ])('%s is none', (name) => expect(parseMetricName(name)).toBeNull());

  it('is its own part and measure again, for each that there is', () => {
    for (const name of METRIC_NAMES) {
      const { part, measure } = parseMetricName(name)!;
      expect(`${part}_${measure}`).toBe(name);
    }
    expect(METRIC_NAMES).toHaveLength(42);
  });

  it('says which direction is better', () => {
    const minimized = METRIC_NAMES.filter((name) => naturalGoal(name) === 'minimize');
    expect(new Set(minimized.map((name) => parseMetricName(name)?.measure))).toEqual(
      new Set(['loss', 'error', 'mse', 'mae']),
    );
    expect(naturalGoal('accuracy')).toBe('maximize');
    expect(naturalGoal('seconds')).toBe('minimize');
  });

  it('of classes and of numbers - only the loss is both', () => {
    const both = metricNamesFor(10).filter((name) => metricNamesFor(null).includes(name));
    expect(both).toEqual(['train_loss', 'val_loss', 'test_loss']);
    expect(metricNamesFor(10)).toContain('train_f1_macro');
    for (const classes of [2, 3, 10, null]) {
      for (const name of METRIC_NAMES.concat('val_top2_accuracy')) {
        const listed = metricNamesFor(classes).includes(name);
        if (listed) expect(isMeasurable(parseMetricName(name)!, classes), `${name} of ${classes}`).toBe(true);
      }
    }
    expect(isMeasurable(parseMetricName('val_top3_accuracy')!, 3)).toBe(false);
    expect(isMeasurable(parseMetricName('val_r2')!, 3)).toBe(false);
    expect(isMeasurable(parseMetricName('val_roc_auc')!, null)).toBe(false);
  });
});
