import { assertNever } from '../../../shared/kernel/assert.ts';
import { itemId, trialId } from '../../../shared/kernel/ids.ts';
import { COORDINATOR_AUTHOR, PROTOCOL_VERSION, type SowerEvent, WHOLE_SWEEP } from '../../../shared/protocol/index.ts';
import { evolve } from './evolve.ts';
import { entries, at as entryAt } from './index-map.ts';
import { agentLost, type SweepCommand, type SweepEvent } from './messages.ts';
import { nextPortions, windowItems } from './plan.ts';
import type { SweepState } from './state.ts';

/** Every rule of a sweep: what the coordinator adds to the log, given what it knows. */
export function decide(command: SweepCommand, state: SweepState): readonly SweepEvent[] {
  switch (command.type) {
    case 'submit':
      if (state.phase !== 'unknown') return [];
      return [
        whole(state, command.at, { kind: 'submitted', specHash: state.facts.hash, planned: state.facts.planned }),
      ];
    case 'cancel':
      if (state.phase !== 'running') return [];
      return [whole(state, command.at, { kind: 'cancelled', reason: command.reason })];
    case 'plan':
      return decidePlan(state, command.at, command.slots);
    case 'lose':
      return state.phase === 'running' ? decideLose(state, command.at, command.attempts) : [];
    case 'reconcile':
      return state.phase === 'running' ? decideReconcile(state, command.at, command.suspects) : [];
    default:
      return assertNever(command);
  }
}

type WholeBody =
  | { readonly kind: 'submitted'; readonly specHash: string; readonly planned: number }
  | { readonly kind: 'planned'; readonly item: string; readonly gen: number; readonly pool: string; trials: number[] }
  | { readonly kind: 'cancelled'; readonly reason: string }
  | { readonly kind: 'finished' };

function whole(state: SweepState, at: number, body: WholeBody): SweepEvent {
  return logged(at, { ...envelope(state, at), trial: WHOLE_SWEEP, ...body });
}

function envelope(state: SweepState, at: number) {
  return { v: PROTOCOL_VERSION, sweep: state.facts.sweep, author: COORDINATOR_AUTHOR, at } as const;
}

function logged(at: number, event: SowerEvent): SweepEvent {
  return { type: 'logged', seq: null, at, event };
}

function decidePlan(state: SweepState, at: number, slots: number): readonly SweepEvent[] {
  if (state.phase !== 'running' && state.phase !== 'cancelling') return [];
  if (state.totals.recorded === state.facts.planned) return [whole(state, at, { kind: 'finished' })];
  if (state.phase === 'cancelling') return [];
  const room = windowItems(slots) - state.items.size;
  return nextPortions(state, room, slots, at).map((trials, i) => planned(state, at, state.nextItem + i, 1, trials));
}

function planned(state: SweepState, at: number, item: number, gen: number, trials: readonly number[]): SweepEvent {
  const { pool } = state.facts;
  return whole(state, at, { kind: 'planned', item: itemId(item), gen, pool, trials: [...trials] });
}

/** The attempts have failed with their agent; the items they came from are planned again at once. */
function decideLose(state: SweepState, at: number, lost: ReadonlySet<string>): readonly SweepEvent[] {
  const events: SweepEvent[] = [];
  const items = new Set<number>();
  for (const [trial, open] of entries(state.trials)) {
    for (const attempt of open.attempts) {
      if (!attempt.open || !lost.has(attempt.id)) continue;
      if (open.item !== null) items.add(open.item);
      const body = agentLost(attempt.agent);
      const facts = { trial: trialId(trial), attempt: attempt.id, kind: 'failed', body } as const;
      events.push(logged(at, { ...envelope(state, at), ...facts }));
    }
  }
  return [...events, ...planAgain(events.reduce(evolve, state), at, items)];
}

/** Items the queue lost, unless a slot that is alive works on them: their loss shows when that slot ends or dies. */
function decideReconcile(state: SweepState, at: number, suspects: ReadonlySet<string>): readonly SweepEvent[] {
  const items = new Set<number>();
  for (const [item, { gen }] of entries(state.items)) {
    if (suspects.has(`${itemId(item)}/${gen}`)) items.add(item);
  }
  return planAgain(state, at, items);
}

function planAgain(state: SweepState, at: number, items: ReadonlySet<number>): readonly SweepEvent[] {
  const events: SweepEvent[] = [];
  for (const item of items) {
    const open = entryAt(state.items, item);
    const busy = open?.trials.some((trial) => hasOpenAttempt(state, trial)) ?? true;
    if (open !== undefined && !busy) events.push(planned(state, at, item, open.gen + 1, open.trials));
  }
  return events;
}

function hasOpenAttempt(state: SweepState, trial: number): boolean {
  return entryAt(state.trials, trial)?.attempts.some((attempt) => attempt.open) ?? false;
}
