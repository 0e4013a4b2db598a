import type { ExportSource } from '../../../../cli/exporting/source.ts';
import { parseSweep } from '../../../../shared/sweep/index.ts';
import { createSweepView } from '../../../../shared/view/index.ts';
import { doneRecordOf } from '../../../support/messages.ts';
import { smallSweep } from '../../../support/sower.ts';

export const STARTED_AT = Date.UTC(2026, 0, 31, 12);

/** Two trials of two epochs and 4 s each, the second diverged in its second epoch. */
export function smallSource(): ExportSource {
  const sweep = parseSweep(smallSweep({ lr: [0.05, 5], momentum: [0] }), 'small.yaml');
  const { id, hash, spec, plannedTrials } = sweep;
  const view = createSweepView(sweep);
  const common = { sweep: id, epochs: 2, seconds: 4, at: STARTED_AT + 4000, attempt: 'host-1-1' };
  const records = [
    doneRecordOf(id, 't000000', {
      ...common,
      params: { lr: 0.05, momentum: 0 },
      metrics: { val_loss: 0.25, test_accuracy: 0.9 },
      history: [{ val_loss: 0.25 }, { val_loss: 0.5 }],
      bestEpoch: 1,
      artifacts: [
        { name: 'history.json', path: '/elsewhere/history.json', bytes: 3, sha256: 'a'.repeat(64) },
        { name: 'model.onnx', path: '/elsewhere/model.onnx', bytes: 3, sha256: 'b'.repeat(64) },
      ],
    }),
    doneRecordOf(id, 't000002', {
      ...common,
      configuration: 'c0001',
      params: { lr: 5, momentum: 0 },
      outcome: 'diverged',
      reason: '=HYPERLINK("x"), or so',
      metrics: { val_loss: null },
      history: [{ val_loss: 8 }, { val_loss: null }],
      model: null,
    }),
  ];
  for (const record of records) view.apply({ type: 'done', record });
  return {
    sweep: id,
    hash,
    spec,
    submittedAt: STARTED_AT,
    varied: ['lr'],
    planned: plannedTrials,
    trials: records.map((record) => ({ record, row: view.trial(record.trial)! })),
  };
}
