import { assertNever } from '../../../shared/kernel/assert.ts';
import { indexOfId } from '../../../shared/kernel/ids.ts';
import type { PlannedEvent, SowerEvent } from '../../../shared/protocol/index.ts';
import { evolveEnding, evolveStarted } from './evolve-attempts.ts';
import { at, emptyIndexMap, put, without } from './index-map.ts';
import type { SweepEvent } from './messages.ts';
import type { SweepState } from './state.ts';
import { isFinal, STATUS } from './status.ts';
import { closeTrial, decideTrial, leaveItem, openTrial, withStatus, withTrial } from './transitions.ts';
import { byteAt } from './trial-bytes.ts';

/** Folds one event; never refuses, tolerates duplicates and any order of them. */
export function evolve(state: SweepState, event: SweepEvent): SweepState {
  switch (event.type) {
    case 'logged':
      return evolveLogged(state, event.event, event.seq ?? state.seq, event.at);
    case 'queued': {
      const open = at(state.items, event.item);
      if (open === undefined || open.gen !== event.gen) return state;
      return { ...state, items: put(state.items, event.item, { ...open, queued: true }) };
    }
    case 'recorded':
      return evolveRecorded(state, event.trial);
    case 'adopted':
      return evolveAdopted(state, event);
    case 'withdrawn':
      return event.trials.reduce(withdraw, state);
    default:
      return assertNever(event);
  }
}

function evolveLogged(before: SweepState, event: SowerEvent, seq: number, seenAt: number): SweepState {
  if (event.sweep !== before.facts.sweep) return before;
  const state = seq > before.seq ? { ...before, seq } : before;
  switch (event.kind) {
    case 'submitted':
      if (state.phase !== 'unknown') return state;
      return { ...state, phase: 'running', totals: { ...state.totals, submittedAt: event.at } };
    case 'planned':
      return state.phase === 'cancelling' || state.phase === 'finished' ? state : evolvePlanned(state, event);
    case 'cancelled':
      if (state.phase === 'finished' || state.phase === 'cancelling') return state;
      return {
        ...state,
        phase: 'cancelling',
        cancelReason: event.reason,
        items: emptyIndexMap(),
        returned: emptyIndexMap(),
      };
    case 'finished':
      return { ...state, phase: 'finished' };
    case 'started': {
      const trial = knownTrial(state, event.trial);
      return trial === null ? state : evolveStarted(state, trial, event);
    }
    case 'result':
    case 'failed':
    case 'released': {
      const trial = knownTrial(state, event.trial);
      return trial === null ? state : evolveEnding(state, trial, { seq, at: seenAt, event });
    }
    default:
      return assertNever(event);
  }
}

function knownTrial(state: SweepState, id: string): number | null {
  const trial = indexOfId(id);
  return trial !== null && trial < state.facts.planned ? trial : null;
}

function evolvePlanned(before: SweepState, event: PlannedEvent): SweepState {
  const item = indexOfId(event.item);
  if (item === null || (at(before.items, item)?.gen ?? 0) >= event.gen) return before;
  const trials = event.trials.filter((trial) => trial < before.facts.planned && !isFinal(byteAt(before.status, trial)));
  let state: SweepState = { ...before, nextItem: Math.max(before.nextItem, item + 1) };
  for (const trial of event.trials) state = withFresh(state, trial);
  for (const trial of trials) state = intoItem(state, trial, item);
  const left = at(state.items, item)?.trials.filter((trial) => !trials.includes(trial)) ?? [];
  if (trials.length === 0) return state;
  const carried = [...trials, ...left];
  return {
    ...state,
    items: put(state.items, item, { gen: event.gen, pool: event.pool, trials: carried, queued: false }),
  };
}

/** Moves the border of fresh trials behind `trial`; those jumped over are planned by an event that has not come yet. */
function withFresh(state: SweepState, trial: number): SweepState {
  if (trial < state.nextFresh || trial >= state.facts.planned) return state;
  let { returned } = state;
  let next = state;
  for (let gap = state.nextFresh; gap < trial; gap++) {
    if (byteAt(state.status, gap) !== STATUS.fresh) continue;
    returned = put(returned, gap, { seenAt: 0, delayMs: 0 });
    next = withTrial(withStatus(next, gap, 'returned'), gap, openTrial(next, gap));
  }
  return { ...next, returned, nextFresh: trial + 1 };
}

function intoItem(before: SweepState, trial: number, item: number): SweepState {
  const open = openTrial(before, trial);
  let state = open.item === null || open.item === item ? before : leaveItem(before, open.item, trial);
  if (!open.attempts.some((attempt) => attempt.open)) state = withStatus(state, trial, 'queued');
  return withTrial({ ...state, returned: without(state.returned, trial) }, trial, { ...open, item });
}

function evolveRecorded(state: SweepState, trial: number): SweepState {
  if (at(state.unrecorded, trial) === undefined) return state;
  return {
    ...state,
    unrecorded: without(state.unrecorded, trial),
    totals: { ...state.totals, recorded: state.totals.recorded + 1 },
  };
}

function evolveAdopted(before: SweepState, event: Extract<SweepEvent, { type: 'adopted' }>): SweepState {
  if (isFinal(byteAt(before.status, event.trial))) return evolveRecorded(before, event.trial);
  const state = closeTrial(withStatus(before, event.trial, event.outcome), event.trial);
  return { ...state, totals: { ...state.totals, recorded: state.totals.recorded + 1 } };
}

function withdraw(state: SweepState, trial: number): SweepState {
  if (isFinal(byteAt(state.status, trial))) return state;
  return decideTrial(state, {
    trial,
    outcome: 'cancelled',
    reason: state.cancelReason,
    attempts: byteAt(state.attempts, trial),
    attempt: null,
    agent: null,
    result: null,
    failure: null,
    seq: state.seq,
  });
}
