import type { ClassesReport, ReportData } from '../../../../dashboards/report/data.ts';
import type { DoneRecord, ParameterValues } from '../../../../shared/protocol/index.ts';
import { rankConfigurations } from '../../../../shared/stats/index.ts';
import { parseSweep, plannedTrials, trialAt } from '../../../../shared/sweep/index.ts';
import type { TrialRow } from '../../../../shared/view/types.ts';
import { smallSweep } from '../../../support/sower.ts';

/** The objective of a trial, or that it diverged. */
export type Answer = (params: ParameterValues, seed: number) => number | 'diverged';

/** As a report is made of a finished sweep: lr 0.05, 0.2 x momentum 0, 0.9 x seeds 1, 66, unless the source says other. */
export function reportOf(answer: Answer, change: Partial<ReportData> = {}, source: string = smallSweep()): ReportData {
  const sweep = parseSweep(source, 'small.yaml');
  const { spec } = sweep;
  const ended = Array.from({ length: plannedTrials(spec) }, (_, index) => {
    const { id, configuration, seed, params } = trialAt(spec, index);
    const value = answer(params, seed);
    const outcome: DoneRecord['outcome'] = value === 'diverged' ? 'diverged' : 'completed';
    const metrics = value === 'diverged' ? {} : { [spec.objective.name]: value };
    return { index, trial: id, configuration, seed, params, outcome, metrics };
  });
  const trials = ended.map(
    (one): TrialRow => ({
      ...one,
      state: one.outcome === 'diverged' ? 'diverged' : 'done',
      attempts: 1,
      agent: 'local',
      slot: 0,
      objective: one.metrics[spec.objective.name] ?? null,
      curve: [],
      epoch: 2,
      epochs: 2,
      seconds: 1 + one.index,
      samplesPerSecond: 1000,
      reason: one.outcome === 'diverged' ? 'train_loss is NaN at epoch 2' : null,
      model: null,
      startedAt: 0,
      endedAt: 1,
    }),
  );
  return {
    sweep: sweep.id,
    hash: sweep.hash,
    spec,
    source,
    varied: spec.parameters.map(({ path }) => path),
    ranking: rankConfigurations(ended, spec),
    planned: ended.length,
    trials,
    elapsedSeconds: 12,
    writtenAt: 0,
    courses: [],
    best: null,
    data: null,
    notes: [],
    origins: [],
    version: '0.0.0',
    ...change,
  };
}

/** Two classes: 3 of 4 cats and 5 of 6 dogs are found. */
export const EVALUATION: ClassesReport = {
  part: 'test',
  rows: 10,
  filters: null,
  classes: ['cat', 'dog'],
  accuracy: 0.8,
  confusion: [
    [3, 1],
    [1, 5],
  ],
  per_class: [
    { class: 'cat', precision: 0.75, recall: 0.75, f1: 0.75, support: 4, roc_auc: 0.875 },
    { class: 'dog', precision: 5 / 6, recall: 5 / 6, f1: 5 / 6, support: 6, roc_auc: 0.875 },
  ],
  macro: { precision: 0.7917, recall: 0.7917, f1: 0.7917 },
  roc_auc: 0.875,
  roc_auc_note: null,
  roc: ['cat', 'dog'].map((name) => ({
    class: name,
    false_positive_rates: [0, 0.25, 1],
    true_positive_rates: [0, 1, 1],
  })),
  most_confident_right: [],
  worst_wrong: [],
};

/** Texts of all elements that a pattern opens, in order. */
export function textsOf(markup: string, opening: RegExp): readonly string[] {
  const pattern = new RegExp(`${opening.source}[^>]*>([^<]*)<`, 'g');
  return [...markup.matchAll(pattern)].map((match) => match[1]!);
}
