import type { Actor } from '../../../shared/kernel/actor.ts';
import { decide } from './decide.ts';
import { evolve } from './evolve.ts';
import type { SweepCommand, SweepEffect, SweepEvent } from './messages.ts';
import { react } from './react.ts';
import { initialSweepState, type SweepFacts, type SweepState } from './state.ts';

export { decide } from './decide.ts';
export { doneRecord } from './done-record.ts';
export { evolve } from './evolve.ts';
export { at, entries } from './index-map.ts';
export { FAILURE_CODE, type SweepCommand, type SweepEffect, type SweepEvent } from './messages.ts';
export { ITEMS_MIN, ITEMS_PER_SLOT, itemLanes, LANES_MAX, nextRetryMs, windowItems } from './plan.ts';
export { owedEffects, react, undecidedTrials } from './react.ts';
export { restoreSweep, type SavedSweep, saveSweep } from './snapshot.ts';
export { type Decision, initialSweepState, type SweepFacts, type SweepState } from './state.ts';
export { type FinalOutcome, isFinal, STATUS_NAMES, type StatusName } from './status.ts';
export { judgeSubmission, type SubmissionVerdict } from './submission.ts';
export type { RankedTrial, SweepTotals } from './totals.ts';
export { byteAt } from './trial-bytes.ts';

export type SweepActor = Actor<SweepCommand, SweepEvent, SweepState, SweepEffect>;

/** The actor of one sweep. */
export function sweepActor(facts: SweepFacts): SweepActor {
  return { initialState: initialSweepState(facts), decide, evolve, react };
}
