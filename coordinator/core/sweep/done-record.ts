import { type DoneRecord, PROTOCOL_VERSION } from '../../../shared/protocol/index.ts';
import type { Trial } from '../../../shared/sweep/index.ts';
import type { Decision } from './state.ts';

const STATE = {
  completed: 'done',
  diverged: 'done',
  failed: 'failed',
  pruned: 'pruned',
  cancelled: 'cancelled',
} as const;

/** The one record of a decided trial; `fence` is the lease it is written under. */
export function doneRecord(sweep: string, trial: Trial, decision: Decision, fence: string, at: number): DoneRecord {
  const { result, failure } = decision;
  return {
    v: PROTOCOL_VERSION,
    sweep,
    trial: trial.id,
    configuration: trial.configuration,
    seed: trial.seed,
    params: trial.params,
    state: STATE[decision.outcome],
    outcome: decision.outcome,
    reason: decision.reason,
    attempts: decision.attempts,
    attempt: decision.attempt,
    agent: decision.agent,
    metrics: result?.metrics ?? {},
    history: result?.history ?? [],
    epochs: result?.epochs ?? 0,
    steps: result?.steps ?? 0,
    seconds: result?.seconds ?? 0,
    samplesPerSecond: result?.samplesPerSecond ?? 0,
    ...(result?.bestEpoch === undefined ? {} : { bestEpoch: result.bestEpoch }),
    model: result?.model ?? null,
    ...(result?.artifacts === undefined ? {} : { artifacts: result.artifacts }),
    ...(result?.notes === undefined ? {} : { notes: result.notes }),
    failure,
    provenance: result?.provenance ?? null,
    event: decision.seq,
    fence,
    at,
  };
}
