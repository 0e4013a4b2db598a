import type { DoneRecord, MetricValues } from '../protocol/index.ts';
import type { Trial } from '../sweep/spec.ts';
import type { AttemptFold } from './attempt.ts';
import type { TrialState } from './types.ts';

/** The record that counts, without what only `sower show` needs; the history stays as one curve. */
export interface EndedFacts extends Omit<DoneRecord, 'history' | 'provenance' | 'artifacts' | 'notes'> {
  readonly curve: readonly number[];
}

/** Everything the view knows of one trial; made when the first message about it arrives. */
export interface TrialFold {
  readonly trial: Trial;
  readonly attempts: Map<string, AttemptFold>;
  record: EndedFacts | null;
  state: TrialState;
  /** Slot time of attempts that led nowhere, and of the one that counts. */
  lostSeconds: number;
  usefulSeconds: number;
}

export function newTrialFold(trial: Trial, state: TrialState): TrialFold {
  return { trial, attempts: new Map(), record: null, state, lostSeconds: 0, usefulSeconds: 0 };
}

/** What lies outside a trial but decides its state. */
export interface Surroundings {
  readonly cancelled: boolean;
  /** True where the agent of an open attempt is not heard of. */
  isLost(attempt: AttemptFold): boolean;
  /** Generation of a work item; an attempt under a lower one was given up. */
  generationOf(item: string): number;
}

export function stateOf(fold: TrialFold, around: Surroundings): TrialState {
  if (fold.record !== null) return endedState(fold.record);
  const latest = latestAttempt(fold);
  if (latest === null) return around.cancelled ? 'cancelled' : 'ready';
  if (latest.end === 'result') return 'running';
  const givenUp = latest.item !== null && latest.gen < around.generationOf(latest.item);
  if (latest.end === 'open' && !givenUp) return around.isLost(latest) ? 'lost' : 'running';
  return around.cancelled ? 'cancelled' : 'retrying';
}

export function endedState(record: Pick<DoneRecord, 'state' | 'outcome'>) {
  if (record.state === 'done') return record.outcome === 'diverged' ? 'diverged' : 'done';
  return record.state;
}

/** The attempt that started last, by the order of the log. */
export function latestAttempt(fold: TrialFold): AttemptFold | null {
  let latest: AttemptFold | null = null;
  for (const attempt of fold.attempts.values()) {
    if (latest === null || isLater(attempt, latest)) latest = attempt;
  }
  return latest;
}

function isLater(a: AttemptFold, b: AttemptFold): boolean {
  if (a.startedSeq !== b.startedSeq) return a.startedSeq > b.startedSeq;
  return a.startedAt > b.startedAt || (a.startedAt === b.startedAt && a.id > b.id);
}

/**
 * Slot time this trial has cost so far, split by whether it led to a result. An attempt that went on from what an earlier
 * one had saved reports the time of both: until its result, that of the earlier one counts as lost.
 */
export function slotSeconds(fold: TrialFold): { readonly useful: number; readonly lost: number } {
  const counted = fold.record?.state === 'done' ? fold.record.attempt : null;
  let lost = 0;
  for (const attempt of fold.attempts.values()) {
    const ended = attempt.end === 'failed' || attempt.end === 'released';
    if (!ended || attempt.id === counted || attempt.endedAt === null) continue;
    lost += Math.max(0, attempt.endedAt - attempt.startedAt) / 1000;
  }
  if (counted === null) return { useful: 0, lost };
  const useful = fold.record?.seconds ?? 0;
  const last = fold.attempts.get(counted);
  const own = last === undefined || last.endedAt === null ? useful : (last.endedAt - last.startedAt) / 1000;
  return { useful, lost: Math.max(0, lost - Math.max(0, useful - own)) };
}

/** The objective's finite value among metrics. */
export function objectiveOf(metrics: MetricValues, name: string): number | null {
  const value = metrics[name];
  return typeof value === 'number' && Number.isFinite(value) ? value : null;
}

/** The objective epoch by epoch; the training loss where the objective was measured at most once. */
export function curveOf(history: readonly MetricValues[], objective: string): readonly number[] {
  const valuesOf = (name: string) => history.flatMap((metrics) => objectiveOf(metrics, name) ?? []);
  const curve = valuesOf(objective);
  return curve.length > 1 || history.length < 2 ? curve : valuesOf('train_loss');
}
