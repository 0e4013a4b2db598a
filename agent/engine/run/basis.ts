/**
 * What a chunk or an evaluation computes with: sessions, rows and tensors of one width. Columns that are zero in every row
 * are left out where that is exact and pays; then results differ from those over all columns by rounding alone.
 */
import type { Examples } from '../port.ts';
import { exampleTensors, type LoadedExamples } from './examples.ts';
import { liveColumns } from './live-columns.ts';
import type { ProgramSessions } from './program-sessions.ts';
import type { RunState, State } from './run-state.ts';

export interface Basis {
  readonly sessions: ProgramSessions;
  readonly examples: LoadedExamples;
  /** The run's state as the sessions take it. */
  readonly tensors: State;
  /** Hands the run what training made of it. */
  readonly advance: (after: State) => void;
}

/**
 * All columns: for pieces of a larger data set, each of which would lack others, so that results would depend on how it is
 * cut, and sessions be opened for every width.
 */
export function wholeBasis(program: ProgramSessions, state: RunState, examples: Examples): Basis {
  const advance = (after: State): void => state.advance(after);
  return { sessions: program, examples: exampleTensors(examples), tensors: state.whole(), advance };
}

/** `examples` have to fit the program (`checkExamples`). */
export function basisFor(
  use: 'training' | 'evaluation',
  program: ProgramSessions,
  state: RunState,
  examples: Examples,
): Basis {
  const names = program.columns[use];
  const columns = names === null ? null : liveColumns(examples);
  const tensors = names === null || columns === null ? null : state.narrow(columns, names);
  if (names === null || columns === null || tensors === null) {
    return wholeBasis(program, state, examples);
  }
  return {
    sessions: program.narrower(columns.live.length),
    examples: exampleTensors(columns.examples),
    tensors,
    advance: (after) => state.advanceNarrow(after, columns, names),
  };
}
