/** Steps that several events share; each takes a state and gives the next one. */
import { at, put, without } from './index-map.ts';
import type { Decision, OpenTrial, ReturnedTrial, SweepState } from './state.ts';
import { STATUS, STATUS_NAMES, type StatusName } from './status.ts';
import { moved } from './totals.ts';
import { byteAt, withByte } from './trial-bytes.ts';

const NOT_OPEN: OpenTrial = { item: null, attempts: [], failures: {}, lostAgents: [], lastFailure: null, early: [] };

export function openTrial(state: SweepState, trial: number): OpenTrial {
  return at(state.trials, trial) ?? NOT_OPEN;
}

export function withTrial(state: SweepState, trial: number, open: OpenTrial): SweepState {
  return { ...state, trials: put(state.trials, trial, open) };
}

export function withStatus(state: SweepState, trial: number, to: StatusName): SweepState {
  const from = byteAt(state.status, trial);
  if (from === STATUS[to]) return state;
  return {
    ...state,
    status: withByte(state.status, trial, STATUS[to]),
    totals: moved(state.totals, STATUS_NAMES[from] as StatusName, to),
  };
}

/** The item no longer carries the trial; an item without trials is over. */
export function leaveItem(state: SweepState, item: number, trial: number): SweepState {
  const open = at(state.items, item);
  if (open === undefined) return state;
  const trials = open.trials.filter((other) => other !== trial);
  const items = trials.length === 0 ? without(state.items, item) : put(state.items, item, { ...open, trials });
  return { ...state, items };
}

/** The trial waits for a new item. */
export function giveBack(state: SweepState, trial: number, open: OpenTrial, returned: ReturnedTrial): SweepState {
  const left = open.item === null ? state : leaveItem(state, open.item, trial);
  const next = withTrial(withStatus(left, trial, 'returned'), trial, { ...open, item: null });
  return { ...next, returned: put(next.returned, trial, returned) };
}

/** The trial is decided; its record is still to be written. */
export function decideTrial(state: SweepState, decision: Decision): SweepState {
  const { trial } = decision;
  const next = closeTrial(withStatus(state, trial, decision.outcome), trial);
  return { ...next, unrecorded: put(next.unrecorded, trial, decision) };
}

/** Forgets everything about a trial but its two bytes. */
export function closeTrial(state: SweepState, trial: number): SweepState {
  const item = at(state.trials, trial)?.item ?? null;
  const left = item === null ? state : leaveItem(state, item, trial);
  return { ...left, trials: without(left.trials, trial), returned: without(left.returned, trial) };
}
