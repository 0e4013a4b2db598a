import { describe, expect, it } from 'vitest';
import { createPaint } from '../../../cli/output/paint.ts';
import { formatTrialLine, type LineStyle } from '../../../cli/watch/trial-line.ts';
import type { DoneRecord } from '../../../shared/protocol/index.ts';
import { formatClock } from '../../../shared/view/format.ts';

const at = 1_780_000_000_000;
const clock = formatClock(at);
const style: LineStyle = { ascii: false, paint: createPaint(false), objective: 'val_loss', paths: ['lr', 'momentum'] };
const ended: DoneRecord = {
  v: 1,
  sweep: 'digits-00000000',
  trial: 't000279',
  configuration: 'c0055',
  seed: 66,
  params: { lr: 0.1, momentum: 0.9 },
  state: 'done',
  outcome: 'completed',
  reason: null,
  attempts: 1,
  attempt: 'local-1-7',
  agent: 'local',
  metrics: { val_loss: 0.08712, train_loss: 0.02 },
  history: [],
  epochs: 3,
  steps: 300,
  seconds: 0.62,
  samplesPerSecond: 90_000,
  model: null,
  failure: null,
  provenance: null,
  event: 12,
  fence: 'x/1',
  at,
};

describe('the line of a trial that ended', () => {
  it('has everything a person looks for, in one order', () => {
    expect(formatTrialLine({ record: ended, slot: 1, best: true }, style)).toBe(
      `${clock} ✓ t000279 val_loss=0.08712 best lr=0.1 momentum=0.9 seed=66 0.6s local:1`,
    );
    expect(formatTrialLine({ record: ended, slot: null, best: false }, { ...style, ascii: true })).toBe(
      `${clock} D t000279 val_loss=0.08712 lr=0.1 momentum=0.9 seed=66 0.6s local`,
    );
  });

  it('says in words that a trial diverged, and why', () => {
    const record: DoneRecord = {
      ...ended,
      outcome: 'diverged',
      reason: 'loss is NaN at epoch 2',
      metrics: { val_loss: null },
    };
    expect(formatTrialLine({ record, slot: 0, best: false }, style)).toBe(
      `${clock} ∞ t000279 diverged lr=0.1 momentum=0.9 seed=66 0.6s local:0 (loss is NaN at epoch 2)`,
    );
  });

  it('names a failure', () => {
    const record: DoneRecord = {
      ...ended,
      state: 'failed',
      outcome: 'failed',
      reason: 'user_error: no such data set',
      seconds: 0,
    };
    expect(formatTrialLine({ record, slot: 0, best: false }, style)).toBe(
      `${clock} ✗ t000279 failed lr=0.1 momentum=0.9 seed=66 local:0 (user_error: no such data set)`,
    );
  });

  it('colours the glyph only where colour is on', () => {
    const line = formatTrialLine({ record: ended, slot: 1, best: false }, { ...style, paint: createPaint(true) });
    expect(line).toContain('\u001b[32m✓\u001b[39m t000279 val_loss');
  });
});
