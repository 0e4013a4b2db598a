import type { FinalOutcome, SweepEvent, SweepFacts } from '../../coordinator/core/sweep/index.ts';
import { itemId, trialId } from '../../shared/kernel/ids.ts';
import type { AttemptFailure, FailureCause, SowerEvent, TrialResult } from '../../shared/protocol/index.ts';

export const FACTS: SweepFacts = {
  sweep: 'spec-0123abcd',
  hash: '0123abcd',
  pool: 'default',
  planned: 6,
  objective: 'val_loss',
  goal: 'minimize',
};

/** Attempt ids as agents make them: agent, start, running number. */
export const attemptOf = (agent: string, count: number, boot = 1_000) => `${agent}-${boot.toString(36)}-${count}`;

export function resultOf(change: Partial<TrialResult> = {}): TrialResult {
  return {
    outcome: 'completed',
    reason: null,
    metrics: { val_loss: 0.5 },
    epochs: 2,
    steps: 20,
    seconds: 1,
    samplesPerSecond: 100,
    history: [],
    model: null,
    provenance: null,
    ...change,
  };
}

export function failureOf(cause: FailureCause, message = `because of ${cause}`): AttemptFailure {
  return { cause, message, code: null, exitCode: null, signal: null, stderrTail: '' };
}

/** Events of the log with rising sequences, as the server would store them. */
export class LogWriter {
  #seq = 0;
  readonly sweep: string;

  constructor(sweep = FACTS.sweep) {
    this.sweep = sweep;
  }

  #log(author: string, body: Record<string, unknown>): SweepEvent {
    this.#seq++;
    const event = { v: 1, sweep: this.sweep, author, at: 1_000 + this.#seq, ...body } as unknown as SowerEvent;
    return { type: 'logged', seq: this.#seq, at: 1_000 + this.#seq, event };
  }

  submitted = () => this.#log('coordinator', { trial: '-', kind: 'submitted', specHash: FACTS.hash, planned: 6 });
  planned = (item: number, gen: number, ...trials: number[]) =>
    this.#log('coordinator', { trial: '-', kind: 'planned', item: itemId(item), gen, pool: 'default', trials });
  cancelled = () => this.#log('coordinator', { trial: '-', kind: 'cancelled', reason: 'a person said so' });
  started = (trial: number, agent: string, attempt: string, item = 0, gen = 1) =>
    this.#log(agent, { trial: trialId(trial), attempt, kind: 'started', item: itemId(item), gen, slot: 0 });
  result = (trial: number, agent: string, attempt: string, change: Partial<TrialResult> = {}) =>
    this.#log(agent, { trial: trialId(trial), attempt, kind: 'result', body: resultOf(change) });
  failed = (trial: number, agent: string, attempt: string, cause: FailureCause) =>
    this.#log(agent, { trial: trialId(trial), attempt, kind: 'failed', body: failureOf(cause) });
  released = (trial: number, agent: string, attempt: string) =>
    this.#log(agent, { trial: trialId(trial), attempt, kind: 'released', reason: 'drain' });
}

export const recorded = (trial: number): SweepEvent => ({ type: 'recorded', trial });
export const adopted = (trial: number, outcome: FinalOutcome): SweepEvent => ({
  type: 'adopted',
  trial,
  outcome,
  attempts: 1,
});
