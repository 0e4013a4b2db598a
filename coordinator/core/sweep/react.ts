import { assertNever } from '../../../shared/kernel/assert.ts';
import { indexOfId } from '../../../shared/kernel/ids.ts';
import type { SowerEvent } from '../../../shared/protocol/index.ts';
import { at, entries } from './index-map.ts';
import type { SweepEffect, SweepEvent } from './messages.ts';
import type { SweepState } from './state.ts';
import { isFinal } from './status.ts';
import { byteAt } from './trial-bytes.ts';

/** What must follow from an event that was just folded. */
export function react(event: SweepEvent, state: SweepState): readonly SweepEffect[] {
  switch (event.type) {
    case 'logged':
      return event.event.sweep === state.facts.sweep ? reactLogged(event.event, state) : [];
    case 'withdrawn':
      return event.trials.flatMap((trial) => recordOf(state, trial, null));
    case 'queued':
    case 'recorded':
    case 'adopted':
      return [];
    default:
      return assertNever(event);
  }
}

function reactLogged(event: SowerEvent, state: SweepState): readonly SweepEffect[] {
  switch (event.kind) {
    case 'planned': {
      const item = indexOfId(event.item);
      const open = item === null ? undefined : at(state.items, item);
      if (item === null || open === undefined || open.gen !== event.gen || open.queued) return [];
      const { gen, pool, trials } = open;
      const enqueue: SweepEffect = { type: 'enqueue', item, gen, pool, trials };
      return gen > 1 ? [{ type: 'unqueue', item, gen, pool }, enqueue] : [enqueue];
    }
    case 'started':
    case 'result':
    case 'failed':
    case 'released': {
      const trial = indexOfId(event.trial);
      return trial === null ? [] : recordOf(state, trial, event.attempt);
    }
    case 'cancelled':
      return state.phase === 'cancelling' ? [{ type: 'halt' }, { type: 'withdraw' }] : [];
    case 'submitted':
    case 'finished':
      return [];
    default:
      return assertNever(event);
  }
}

function recordOf(state: SweepState, trial: number, attempt: string | null): readonly SweepEffect[] {
  const decision = at(state.unrecorded, trial);
  return decision === undefined || decision.attempt !== attempt ? [] : [{ type: 'record', decision }];
}

/** Effects that a state still owes after its events were replayed without effects. */
export function owedEffects(state: SweepState): readonly SweepEffect[] {
  const records = [...entries(state.unrecorded)].map(([, decision]): SweepEffect => ({ type: 'record', decision }));
  return state.phase === 'cancelling' ? [{ type: 'halt' }, ...records, { type: 'withdraw' }] : records;
}

/** Up to `limit` trials from `from` on that are not decided: what a cancelled sweep withdraws next. */
export function undecidedTrials(state: SweepState, from: number, limit: number): readonly number[] {
  const trials: number[] = [];
  for (let trial = from; trial < state.facts.planned && trials.length < limit; trial++) {
    if (!isFinal(byteAt(state.status, trial))) trials.push(trial);
  }
  return trials;
}
