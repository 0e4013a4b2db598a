/**
 * An actor is three pure, synchronous functions over plain data. `decide` holds every rule and never throws for an
 * expected outcome; `evolve` never refuses, because what is in the log happened; `react` says what should follow, as
 * data. Only the loop in `shared/actor` performs effects.
 */
export interface Actor<Command, Event, State, Effect> {
  readonly initialState: State;
  decide(command: Command, state: State): readonly Event[];
  evolve(state: State, event: Event): State;
  react(event: Event, state: State): readonly Effect[];
}
