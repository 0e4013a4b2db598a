/** The sessions of one structure, shared by all its training runs, opened when the first of them asks. */
import { compileEvalStep } from '../compile/eval-step.ts';
import { inputWeight, overFeatures, restsWithoutGradient } from '../compile/input-columns.ts';
import { BY_RULE } from '../compile/lower/choice.ts';
import { convShapes, loweringFrom, loweringText } from '../compile/lower/structure-convs.ts';
import { compileReadBack } from '../compile/read-back.ts';
import type { CompiledGraph, StateTensor } from '../compile/signature.ts';
import { evalBlockRows, stepsPerTrip } from '../compile/sizes.ts';
import { outputCount, slotNames, stateTensors, structureKey } from '../compile/structure.ts';
import type { Target } from '../compile/target.ts';
import { type Accumulation, compileTrainStep } from '../compile/train-step.ts';
import type { Structure } from '../port.ts';
import { CompiledSession, type CompiledSessionOptions } from './compiled-session.ts';
import type { ColumnTensors } from './run-state.ts';

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
  /** Steps of the optimizer in a trip of the training loop where there are enough. */
  readonly stepsPerTrip: number;
  /** Rows in a block of an evaluation. */
  readonly evalBlockRows: number;
  /** What narrower rows make narrower in training and in evaluation; null where all columns are needed. */
  readonly columns: { readonly training: ColumnTensors | null; readonly evaluation: ColumnTensors | null };
  /** How convolutions are computed: what a checkpoint needs to go on bit for bit. */
  readonly lowering: string;
  readonly #options: SessionsOptions;
  readonly #lowered = new Map<string, ProgramSessions>();
  readonly #narrower = new Map<number, ProgramSessions>();
  readonly #sessions = new Map<string, Promise<CompiledSession>>();

  constructor(structure: Structure, options: SessionsOptions) {
    const { target } = options;
    this.structure = structure;
    this.target = target;
    this.key = structureKey(structure);
    this.state = stateTensors(structure, target);
    this.outputs = outputCount(structure);
    this.stepsPerTrip = stepsPerTrip(structure);
    this.evalBlockRows = evalBlockRows(structure);
    const weight = inputWeight(structure);
    this.columns = {
      training:
        weight !== null && restsWithoutGradient(structure)
          ? { weight, slots: slotNames(weight, structure.optimizer) }
          : null,
      evaluation: weight === null ? null : { weight, slots: [] },
    };
    this.lowering = loweringText(convShapes(structure), target.lowering ?? BY_RULE);
    this.#options = options;
  }

  /** The same with convolutions computed as `lowering` of another program says; null where that is of another model. */
  loweredAs(lowering: string): ProgramSessions | null {
    if (lowering === this.lowering) return this;
    const known = this.#lowered.get(lowering);
    if (known !== undefined) return known;
    const chosen = loweringFrom(convShapes(this.structure), lowering);
    if (chosen === null) return null;
    const made = new ProgramSessions(this.structure, {
      ...this.#options,
      target: { ...this.target, lowering: chosen },
    });
    this.#lowered.set(lowering, made);
    return made;
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
        // Memory that comes anew for every chunk is paid for page by page: more than the training of a large model itself.
        { keepsState: this.target.provider === 'webgpu', givesMemoryBack: false },
      ),
    );
  }

  /** Copies the state out of the provider's own memory. */
  readBack(): Promise<CompiledSession> {
    return this.#session('read back', () => this.#open(compileReadBack(this.state, this.target)));
  }

  evaluation(): Promise<CompiledSession> {
    return this.#session('evaluate', () =>
      this.#open(compileEvalStep(this.structure, this.evalBlockRows, this.target)),
    );
  }

  async release(): Promise<void> {
    const sessions = [...this.#sessions.values()];
    this.#sessions.clear();
    for (const other of [...this.#narrower.values(), ...this.#lowered.values()]) await other.release();
    for (const session of await Promise.allSettled(sessions)) {
      if (session.status === 'fulfilled') await session.value.release();
    }
  }

  #open(
    graph: CompiledGraph,
    memory: Pick<CompiledSessionOptions, 'keepsState' | 'givesMemoryBack'> = {
      keepsState: false,
      givesMemoryBack: true,
    },
  ): Promise<CompiledSession> {
    return CompiledSession.open(graph, { ...this.#options, ...memory });
  }

  #session(name: string, open: () => Promise<CompiledSession>): Promise<CompiledSession> {
    const known = this.#sessions.get(name);
    if (known !== undefined) return known;
    const opened = open();
    this.#sessions.set(name, opened);
    return opened;
  }
}
