/** The best configuration and its model, as people and programs read it. */
import type { Bus } from '../../shared/bus/port.ts';
import type { Standing } from '../../shared/stats/standing.ts';
import { formatMetric } from '../../shared/view/format.ts';
import type { SweepView, TrialRow } from '../../shared/view/types.ts';
import { localModel } from './model-file.ts';

export interface BestModel {
  readonly trial: string;
  /** Verified file on this machine; null where it could not be had. */
  readonly path: string | null;
  readonly sha256: string;
  readonly score: { readonly name: string; readonly value: number } | null;
}

export interface BestOptions {
  readonly bus: Bus;
  readonly home: string;
  readonly view: SweepView;
}

/** Trials of a configuration in the order of its seeds. */
export function trialsOf(view: SweepView, configuration: string): readonly TrialRow[] {
  return view.trials({ configuration, sort: 'trial' }).rows;
}

/** The model of the configuration's best seed by the objective; null where that trial left none. */
export async function bestModel(standing: Standing, { bus, home, view }: BestOptions): Promise<BestModel | null> {
  const row = trialsOf(view, standing.configuration).find(({ seed }) => seed === standing.bestSeed?.seed);
  if (row === undefined || row.model === null) return null;
  const { trial, model } = row;
  const path = await localModel({ home, sweep: view.sweep, trial, model, models: bus.models });
  return { trial, path, sha256: model.sha256, score: heldOutScore(row) };
}

/** Of rows that the model was not trained on; of test rows where there are any. */
export function heldOutScore({ metrics }: Pick<TrialRow, 'metrics'>): BestModel['score'] {
  for (const name of ['test_accuracy', 'val_accuracy', 'test_mse', 'val_mse']) {
    const value = metrics[name];
    if (typeof value === 'number') return { name, value };
  }
  return null;
}

const SHOWN_DIGITS = 12;

/** Where the model is and how to know it. */
export function modelLines({ path, trial, score, sha256 }: BestModel): readonly string[] {
  const value = score === null ? '' : `, ${score.name} ${formatMetric(score.value)}`;
  return [
    `best model: ${path ?? 'not on this machine, and no copy was uploaded'}`,
    `  trial ${trial}${value}, sha256 ${sha256.slice(0, SHOWN_DIGITS)}`,
  ];
}

/** The JSON of `sower best`; field names are a contract. */
export function bestJson(
  standing: Standing,
  model: BestModel | null,
  view: SweepView,
): Readonly<Record<string, unknown>> {
  const { objective } = view.spec;
  return {
    sweep: view.sweep,
    configuration: standing.configuration,
    params: standing.params,
    objective: {
      name: objective.name,
      goal: objective.goal,
      mean: standing.mean,
      sd: standing.sd,
      n: standing.n,
      ci95: standing.ci95,
    },
    trials: trialsOf(view, standing.configuration).map(({ trial }) => trial),
    model: model === null ? null : { path: model.path, sha256: model.sha256, trial: model.trial },
  };
}
