/**
 * The tensors of a run. What was trained over live columns alone stays narrow from chunk to chunk; whoever asks for it
 * whole gets it with the dead columns as they always were.
 */
import { everyDead, putColumns, takeColumns } from './column-tensors.ts';
import type { LiveColumns } from './live-columns.ts';
import type { Tensor } from './session.ts';

export type State = ReadonlyMap<string, Tensor>;

/** Names of the tensors `[units, features]` to narrow: the first layer's weight, and its slots where they are needed. */
export interface ColumnTensors {
  readonly weight: string;
  readonly slots: readonly string[];
}

interface Narrowed {
  readonly columns: LiveColumns;
  /** All tensors of the run, the narrow ones among them. */
  readonly state: State;
  readonly names: ReadonlySet<string>;
  /** Those whose whole form is older. */
  readonly newer: Set<string>;
}

export class RunState {
  #whole: Map<string, Tensor>;
  #narrowed: Narrowed | null = null;

  constructor(whole: State) {
    this.#whole = new Map(whole);
  }

  whole(): State {
    this.#widen(this.#narrowed?.names ?? []);
    return this.#whole;
  }

  /**
   * Null where zeros in the dead columns would count for something: a weight that is not finite makes NaN of them, and a
   * momentum buffer (from a checkpoint of a run on other rows) goes on moving its weight.
   */
  narrow(columns: LiveColumns, { weight, slots }: ColumnTensors): State | null {
    const names = [weight, ...slots];
    const known = this.#narrowed;
    if (known?.columns === columns && names.every((name) => known.names.has(name))) return known.state;
    this.#widen(names);
    const silent =
      everyDead(this.#wholeOf(weight), columns, Number.isFinite) &&
      slots.every((slot) => everyDead(this.#wholeOf(slot), columns, (value) => value === 0));
    if (!silent) return null;
    const narrow = names.map((name) => [name, takeColumns(this.#wholeOf(name), columns)] as const);
    return new Map([...this.#whole, ...narrow]);
  }

  /** Takes over what a chunk left behind. */
  advance(whole: State): void {
    this.#whole = new Map(whole);
    this.#narrowed = null;
  }

  /** The same where it started from `narrow(columns, tensors)`. */
  advanceNarrow(state: State, columns: LiveColumns, { weight, slots }: ColumnTensors): void {
    const names = new Set([weight, ...slots]);
    for (const [name, value] of state) if (!names.has(name)) this.#whole.set(name, value);
    this.#narrowed = { columns, state, names, newer: new Set(names) };
  }

  #widen(names: Iterable<string>): void {
    if (this.#narrowed === null) return;
    const { columns, state, newer } = this.#narrowed;
    for (const name of names) {
      if (newer.delete(name)) this.#whole.set(name, putColumns(this.#wholeOf(name), state.get(name)!, columns));
    }
  }

  #wholeOf(name: string): Tensor {
    const tensor = this.#whole.get(name);
    if (tensor === undefined) throw new Error(`the run has no tensor ${name}`);
    return tensor;
  }
}
