import type { SweepSpec, Trial } from '../sweep/spec.ts';
import { historyOf } from './attempt.ts';
import { curveOf, type EndedFacts, endedState, latestAttempt, objectiveOf, type TrialFold } from './trial-fold.ts';
import type { Ending, RunningTrial, TrialRow, TrialState } from './types.ts';

/** The row of a trial nobody has touched yet. */
export function untouchedRow(trial: Trial, state: TrialState): TrialRow {
  return {
    index: trial.index,
    trial: trial.id,
    configuration: trial.configuration,
    seed: trial.seed,
    params: trial.params,
    state,
    outcome: null,
    attempts: 0,
    agent: null,
    slot: null,
    objective: null,
    metrics: {},
    curve: [],
    epoch: null,
    epochs: null,
    seconds: null,
    samplesPerSecond: null,
    reason: null,
    model: null,
    startedAt: null,
    endedAt: null,
  };
}

export function rowOf(fold: TrialFold, spec: SweepSpec): TrialRow {
  const base = untouchedRow(fold.trial, fold.state);
  if (fold.record !== null) return endedRow(base, fold, fold.record, spec);
  const latest = latestAttempt(fold);
  if (latest === null) return base;
  const waits = fold.state === 'retrying' || fold.state === 'cancelled';
  return {
    ...base,
    attempts: fold.attempts.size,
    agent: latest.agent,
    slot: latest.slot,
    objective: objectiveOf(latest.metrics, spec.objective.name),
    metrics: latest.metrics,
    curve: curveOf(historyOf(latest), spec.objective.name),
    epoch: latest.epoch,
    epochs: latest.epochs,
    samplesPerSecond: latest.samplesPerSecond,
    reason: waits ? latest.reason : null,
    startedAt: latest.startedAt,
  };
}

function endedRow(base: TrialRow, fold: TrialFold, record: EndedFacts, spec: SweepSpec): TrialRow {
  const counted = record.attempt === null ? undefined : fold.attempts.get(record.attempt);
  return {
    ...base,
    outcome: record.outcome,
    attempts: record.attempts,
    agent: record.agent,
    slot: counted?.slot ?? null,
    objective: objectiveOf(record.metrics, spec.objective.name),
    metrics: record.metrics,
    curve: record.curve,
    epoch: record.epochs,
    // A record tells how far a trial came; how far it was to go is known from its reports, or because it got there.
    epochs: counted?.epochs ?? (record.outcome === 'completed' ? record.epochs : null),
    seconds: record.seconds,
    samplesPerSecond: record.samplesPerSecond,
    reason: record.reason ?? record.failure?.message ?? null,
    model: record.model,
    startedAt: counted?.startedAt ?? null,
    endedAt: record.at,
  };
}

/** Null where the trial is not running. */
export function runningOf(fold: TrialFold, spec: SweepSpec): RunningTrial | null {
  const latest = latestAttempt(fold);
  if (latest === null || (fold.state !== 'running' && fold.state !== 'lost')) return null;
  return {
    trial: fold.trial.id,
    configuration: fold.trial.configuration,
    seed: fold.trial.seed,
    params: fold.trial.params,
    state: fold.state,
    agent: latest.agent,
    slot: latest.slot,
    startedAt: latest.startedAt,
    epoch: latest.epoch,
    epochs: latest.epochs,
    metrics: latest.metrics,
    samplesPerSecond: latest.samplesPerSecond,
    objective: objectiveOf(latest.metrics, spec.objective.name),
    curve: curveOf(historyOf(latest), spec.objective.name),
  };
}

export function endingOf(record: EndedFacts, objective: string): Ending {
  return {
    trial: record.trial,
    configuration: record.configuration,
    seed: record.seed,
    params: record.params,
    state: endedState(record),
    objective: objectiveOf(record.metrics, objective),
    seconds: record.seconds,
    agent: record.agent,
    reason: record.reason ?? record.failure?.message ?? null,
    at: record.at,
  };
}
