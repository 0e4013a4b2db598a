/** The sessions of one structure, shared by all its training runs, opened when the first of them asks. */
import { compileEvalStep } from '../compile/eval-step.ts';
import { inputWeight, overFeatures, restsWithoutGradient } from '../compile/input-columns.ts';
import { compileReadBack } from '../compile/read-back.ts';
import type { CompiledGraph, StateTensor } from '../compile/signature.ts';
import { outputCount, ratesOf, slotNames, stateTensors, structureKey } from '../compile/structure.ts';
import type { Target } from '../compile/target.ts';
import { type Accumulation, compileTrainStep } from '../compile/train-step.ts';
import type { Structure } from '../port.ts';
import { CompiledSession } from './compiled-session.ts';
import type { ColumnTensors } from './run-state.ts';

/** Rows evaluated at a time: enough for full matrix speed, few enough for their activations to stay in cache. */
export const EVAL_BLOCK_ROWS = 400;

export interface SessionsOptions {
  readonly threads: number;
  readonly target: Target;
  /** Writes the time of every node to files whose names begin with this. */
  readonly profileTo?: string;
}

export class ProgramSessions {
  readonly structure: Structure;
  readonly target: Target;
  readonly key: string;
  readonly state: readonly StateTensor[];
  /** Numbers the model gives for a row. */
  readonly outputs: number;
  /** What narrower rows make narrower in training and in evaluation; null where all columns are needed. */
  readonly columns: { readonly training: ColumnTensors | null; readonly evaluation: ColumnTensors | null };
  readonly #options: SessionsOptions;
  readonly #narrower = new Map<number, ProgramSessions>();
  readonly #sessions = new Map<string, Promise<CompiledSession>>();

  constructor(structure: Structure, options: SessionsOptions) {
    const { target } = options;
    this.structure = structure;
    this.target = target;
    this.key = structureKey(structure);
    this.state = stateTensors(structure, target);
    this.outputs = outputCount(structure);
    const weight = inputWeight(structure);
    this.columns = {
      training:
        weight !== null && restsWithoutGradient(structure)
          ? { weight, slots: slotNames(weight, structure.optimizer, ratesOf(structure)) }
          : null,
      evaluation: weight === null ? null : { weight, slots: [] },
    };
    this.#options = options;
  }

  /** Of the same model over fewer features. */
  narrower(features: number): ProgramSessions {
    const known = this.#narrower.get(features);
    if (known !== undefined) return known;
    const made = new ProgramSessions(overFeatures(this.structure, features), this.#options);
    this.#narrower.set(features, made);
    return made;
  }

  training(batchRows: number, stepsPerTrip: number, accumulation: Accumulation = {}): Promise<CompiledSession> {
    const { batches = this.structure.accumulateBatches ?? 1, lastRows = 0 } = accumulation;
    return this.#session(`train ${batchRows} x ${batches} + ${lastRows}, ${stepsPerTrip} steps`, () =>
      this.#open(
        compileTrainStep(this.structure, batchRows, stepsPerTrip, accumulation, this.target),
        !this.target.loops,
      ),
    );
  }

  /** Copies the state out of the provider's own memory. */
  readBack(): Promise<CompiledSession> {
    return this.#session('read back', () => this.#open(compileReadBack(this.state, this.target)));
  }

  evaluation(): Promise<CompiledSession> {
    return this.#session('evaluate', () => this.#open(compileEvalStep(this.structure, EVAL_BLOCK_ROWS, this.target)));
  }

  async release(): Promise<void> {
    const sessions = [...this.#sessions.values()];
    this.#sessions.clear();
    for (const narrower of this.#narrower.values()) await narrower.release();
    for (const session of await Promise.allSettled(sessions)) {
      if (session.status === 'fulfilled') await session.value.release();
    }
  }

  #open(graph: CompiledGraph, keepsState = false): Promise<CompiledSession> {
    return CompiledSession.open(graph, { ...this.#options, keepsState });
  }

  #session(name: string, open: () => Promise<CompiledSession>): Promise<CompiledSession> {
    const known = this.#sessions.get(name);
    if (known !== undefined) return known;
    const opened = open();
    this.#sessions.set(name, opened);
    return opened;
  }
}
