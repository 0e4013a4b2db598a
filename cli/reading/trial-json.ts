/** The JSON of one trial, as `sower trials --json` and `sower show --json` print it; field names are a contract. */
import type { DoneRecord, MetricValues, ModelArtifact, ParameterValues } from '../../shared/protocol/index.ts';
import type { TrialRow } from '../../shared/view/types.ts';

export interface TrialFacts {
  readonly trial: string;
  readonly configuration: string;
  readonly seed: number;
  readonly params: ParameterValues;
  readonly state: string;
  readonly outcome: DoneRecord['outcome'] | null;
  readonly attempts: number;
  readonly agent: string | null;
  readonly metrics: MetricValues;
  readonly epochs: number | null;
  readonly seconds: number | null;
  readonly samplesPerSecond: number | null;
  readonly model: ModelArtifact | null;
}

export function trialJson(facts: TrialFacts): Readonly<Record<string, unknown>> {
  return {
    trial: facts.trial,
    configuration: facts.configuration,
    seed: facts.seed,
    params: facts.params,
    state: facts.state,
    outcome: facts.outcome,
    attempts: facts.attempts,
    agent: facts.agent,
    metrics: facts.metrics,
    epochs: facts.epochs,
    seconds: facts.seconds,
    samples_per_second: facts.samplesPerSecond,
    model: facts.model === null ? null : modelJson(facts.model),
  };
}

export function modelJson(model: ModelArtifact): Readonly<Record<string, unknown>> {
  return {
    path: model.path,
    sha256: model.sha256,
    bytes: model.bytes,
    opset: model.opset,
    max_deviation: model.maxDeviation,
  };
}

/** People see diverged trials as a state of their own; in the records they are `done` with outcome `diverged`. */
export function rowJson(row: TrialRow): Readonly<Record<string, unknown>> {
  return trialJson({ ...row, state: row.state === 'diverged' ? 'done' : row.state, epochs: row.epoch });
}
