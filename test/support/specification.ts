import { expect } from 'vitest';
import type { Actor } from '../../shared/kernel/actor.ts';

interface Folded<Command, Event, State, Effect> {
  /** Folds more events. */
  and(...events: readonly Event[]): Folded<Command, Event, State, Effect>;
  /** Decides, folds what was decided, and keeps it for `then`. */
  when(command: Command): Decided<Command, Event, State, Effect>;
  readonly state: State;
  /** Effects of all events given so far, in order. */
  readonly effects: readonly Effect[];
}

interface Decided<Command, Event, State, Effect> extends Folded<Command, Event, State, Effect> {
  readonly events: readonly Event[];
  thenNothing(): Decided<Command, Event, State, Effect>;
}

/** `given(events).when(command)`: how a spec drives an actor, without loop or log. */
export function specification<Command, Event, State, Effect>(actor: Actor<Command, Event, State, Effect>) {
  const folded = (state: State, effects: readonly Effect[]): Folded<Command, Event, State, Effect> => ({
    state,
    effects,
    and: (...events) => {
      let next = state;
      const caused: Effect[] = [];
      for (const event of events) {
        next = actor.evolve(next, event);
        caused.push(...actor.react(event, next));
      }
      return folded(next, [...effects, ...caused]);
    },
    when(command) {
      const events = actor.decide(command, state);
      const after = folded(state, effects).and(...events);
      const decided: Decided<Command, Event, State, Effect> = {
        ...after,
        events,
        thenNothing() {
          expect(events).toEqual([]);
          return decided;
        },
      };
      return decided;
    },
  });
  return { given: (...events: readonly Event[]) => folded(actor.initialState, []).and(...events) };
}
