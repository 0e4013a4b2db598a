import { describe, expect, it } from 'vitest';
import { createPaint } from '../../../cli/output/paint.ts';
import { trialPage } from '../../../cli/reading/trial-page.ts';
import type { DoneRecord } from '../../../shared/protocol/index.ts';
import { parseSweep } from '../../../shared/sweep/index.ts';
import { createSweepView } from '../../../shared/view/index.ts';
import { reference } from '../sweep/sweep-texts.ts';
import { tell } from '../view/sweep-story.ts';

const sweep = parseSweep(
  [
    'name: page',
    'method: grid',
    'metric: {name: val_loss}',
    'seeds: [1]',
    'parameters: {epochs: {values: [3, 9]}}',
    'train:',
    '  data: {name: digits, split: {validation: 0.2}}',
    '  model: [{dense: {units: 10}}]',
    '  loss: cross_entropy',
    '  optimizer: {sgd: {lr: 0.1}}',
    '  batch_size: 32',
    `  epochs: "${reference('epochs')}"`,
  ].join('\n'),
  'page.yaml',
);

/** The page of a trial that ended after three epochs. */
function pageOf(index: number, columns: number, extra: Partial<DoneRecord> = {}): readonly string[] {
  const { messages, records } = tell(sweep, ['completed', 'completed']);
  const view = createSweepView(sweep);
  for (const message of messages) view.apply(message);
  const row = view.trial(`t00000${index}`)!;
  const record = { ...records[index]!, ...extra };
  const metrics = { ...row.metrics, val_accuracy: 0.5, val_precision_macro: 0.5, val_recall_macro: 0.5 };
  const facts = { sweep: sweep.id, row: { ...row, metrics }, record, attempts: [], spec: sweep.spec, evaluation: null };
  const output = {
    columns,
    ascii: false,
    paint: createPaint(false),
    interactive: false,
    closed: new AbortController().signal,
  };
  return trialPage(facts, { ...output, line: () => {}, note: () => {} });
}

describe('the page of a trial', () => {
  it('says that training ended early, against the epochs that this trial was given', () => {
    const early = 'ended       after 3 of at most 9 epochs';
    expect(pageOf(1, 80, { bestEpoch: 2 })).toEqual(expect.arrayContaining([expect.stringContaining(early)]));
    expect(pageOf(0, 80, { bestEpoch: 2 }).join('\n')).not.toContain('at most');
    expect(pageOf(1, 80, { bestEpoch: 2 })).toContain('best epoch  2 of 3');
  });

  it('breaks metrics between words, and leaves them whole for a pipe', () => {
    const narrow = pageOf(0, 60);
    expect(Math.max(...narrow.map((line) => line.length))).toBeLessThanOrEqual(60);
    expect(narrow).toContain('            val_precision_macro=0.5000');
    expect(pageOf(0, Number.POSITIVE_INFINITY).filter((line) => line.includes('val_recall_macro=')).length).toBe(1);
  });
});
