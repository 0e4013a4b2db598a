import {
  COORDINATOR_AUTHOR,
  type FailureCause,
  type MetricValues,
  type SowerEvent,
  type TrialReport,
} from '../protocol/index.ts';

/**
 * One try at a trial as far as messages told. Every field is assigned from its message, never counted up, so messages may
 * come twice and in any order.
 *
 *   open ──result──> result      open ──failed──> failed      open ──released──> released
 *
 * An attempt that has ended never opens again.
 */
export interface AttemptFold {
  readonly id: string;
  /** Sequence of its `started` event; infinite while only reports told of it. */
  startedSeq: number;
  startedAt: number;
  endedAt: number | null;
  agent: string;
  slot: number;
  item: string | null;
  gen: number;
  end: 'open' | 'result' | 'failed' | 'released';
  endedSeq: number;
  cause: FailureCause | null;
  reason: string | null;
  epoch: number | null;
  epochs: number | null;
  metrics: MetricValues;
  samplesPerSecond: number | null;
  /** Reports by epoch; null before the first. */
  history: Map<number, MetricValues> | null;
}

export type AttemptEvent = Extract<SowerEvent, { readonly kind: 'started' | 'result' | 'failed' | 'released' }>;

export function newAttempt(id: string): AttemptFold {
  return {
    id,
    startedSeq: Number.POSITIVE_INFINITY,
    startedAt: Number.POSITIVE_INFINITY,
    endedAt: null,
    agent: '-',
    slot: 0,
    item: null,
    gen: 0,
    end: 'open',
    endedSeq: Number.POSITIVE_INFINITY,
    cause: null,
    reason: null,
    epoch: null,
    epochs: null,
    metrics: {},
    samplesPerSecond: null,
    history: null,
  };
}

export function foldAttemptEvent(attempt: AttemptFold, seq: number, event: AttemptEvent): void {
  if (event.kind === 'started') {
    if (seq >= attempt.startedSeq) return;
    attempt.startedSeq = seq;
    attempt.startedAt = event.at;
    attempt.agent = event.author;
    attempt.slot = event.slot;
    attempt.item = event.item;
    attempt.gen = event.gen;
    return;
  }
  guessStart(attempt, event.author === COORDINATOR_AUTHOR ? null : event.author, event.at);
  // A result stands. What else ended an attempt may be said twice, by its agent and by the coordinator: the first counts.
  const first = seq < attempt.endedSeq;
  if (event.kind === 'result' ? attempt.end === 'result' && !first : attempt.end === 'result' || !first) return;
  attempt.end = event.kind;
  attempt.endedSeq = seq;
  attempt.cause = null;
  attempt.reason = null;
  attempt.endedAt = event.at;
  if (event.kind === 'failed') {
    attempt.cause = event.body.cause;
    attempt.reason = event.body.message;
  } else if (event.kind === 'released') attempt.reason = event.reason;
}

/** Until its `started` event is known, an attempt began no later than anything that is told of it. */
function guessStart(attempt: AttemptFold, agent: string | null, at: number): void {
  if (attempt.startedSeq !== Number.POSITIVE_INFINITY) return;
  attempt.startedAt = Math.min(attempt.startedAt, at);
  if (agent !== null) attempt.agent = agent;
}

/** A report of an earlier epoch than known only adds to the history. */
export function foldReport(attempt: AttemptFold, report: TrialReport): void {
  attempt.history ??= new Map();
  attempt.history.set(report.epoch, report.metrics);
  if (attempt.startedSeq === Number.POSITIVE_INFINITY) attempt.slot = report.slot;
  guessStart(attempt, report.agent, report.at);
  if (attempt.epoch !== null && report.epoch < attempt.epoch) return;
  attempt.epoch = report.epoch;
  attempt.epochs = report.epochs;
  attempt.metrics = report.metrics;
  attempt.samplesPerSecond = report.samplesPerSecond;
}

/** Reported metrics in the order of the epochs. */
export function historyOf(attempt: AttemptFold): readonly MetricValues[] {
  if (attempt.history === null) return [];
  return [...attempt.history].sort(([a], [b]) => a - b).map(([, metrics]) => metrics);
}
