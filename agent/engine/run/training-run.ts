/**
 * One model being trained: its tensors go into a step graph and come back from it, chunk after chunk. Evaluation and
 * export read the same tensors.
 */
import { deriveKey } from '../../../shared/kernel/random.ts';
import type { InputRole } from '../compile/signature.ts';
import { hyperValues, initialParameters, structureKey } from '../compile/structure.ts';
import { STEPS_PER_TRIP } from '../compile/train-step.ts';
import type { ChunkResult, Evaluation, Examples, ParameterTensor, StartOptions, TrainingRun } from '../port.ts';
import { type LoadedExamples, loadExamples } from './examples.ts';
import { exportModel } from './export.ts';
import { EVAL_BLOCK_ROWS, type ProgramSessions } from './program-sessions.ts';
import { floatsOf, makeTensor, scalar, type Tensor } from './session.ts';
import { givenParameters, initialState, readState, restoredState, type SavedRun, saveState } from './state.ts';

export class OrtTrainingRun implements TrainingRun {
  readonly #program: ProgramSessions;
  readonly #train: LoadedExamples;
  readonly #hyper: ReadonlyMap<string, Tensor>;
  readonly #onDispose: () => void;
  #state: Map<string, Tensor>;
  #counters: SavedRun;
  #disposed = false;

  constructor(program: ProgramSessions, options: StartOptions, onDispose: () => void) {
    const { seed, layers, optimizer } = options;
    if (structureKey({ ...program.structure, layers, optimizer }) !== program.key) {
      throw new Error('the run has another structure than the program it was started from');
    }
    this.#program = program;
    this.#onDispose = onDispose;
    this.#train = loadExamples(program.structure, options.train);
    this.#hyper = new Map(
      Object.entries(hyperValues(layers, optimizer)).map(([name, value]) => [name, scalar.float32(value)]),
    );
    const fresh = options.parameters ?? initialParameters(program.structure, seed);
    this.#state = initialState(program.state, givenParameters(program.state, fresh));
    this.#counters = { seed, step: 0 };
  }

  get step(): number {
    return this.#counters.step;
  }

  /** Trips of several full batches, then single full batches, then a shorter last one. */
  async trainChunk(rowOrder: Int32Array): Promise<ChunkResult> {
    const { batchSize } = this.#program.structure;
    const results: ChunkResult[] = [];
    let done = 0;
    for (const [batchRows, stepsPerTrip] of [
      [batchSize, STEPS_PER_TRIP],
      [batchSize, 1],
      [0, 1],
    ] as const) {
      const rows = batchRows === 0 ? rowOrder.length - done : batchRows;
      const trips = rows === 0 ? 0 : Math.floor((rowOrder.length - done) / (rows * stepsPerTrip));
      if (trips === 0) continue;
      const end = done + trips * stepsPerTrip * rows;
      const result = await this.#trainTrips(rowOrder.subarray(done, end), [trips, stepsPerTrip, rows]);
      results.push(result);
      if (!result.finite) break;
      done = end;
    }
    return {
      losses: Float32Array.from(results.flatMap(({ losses }) => [...losses])),
      steps: results.reduce((steps, result) => steps + result.steps, 0),
      finite: results.every(({ finite }) => finite),
    };
  }

  async #trainTrips(rowOrder: Int32Array, shape: readonly [number, number, number]): Promise<ChunkResult> {
    const [trips, stepsPerTrip, batchRows] = shape;
    const session = await this.#program.training(batchRows, stepsPerTrip);
    const order = makeTensor('int32', rowOrder, shape);
    const supply = (role: InputRole): Tensor => {
      switch (role.kind) {
        case 'order':
          return order;
        case 'trips':
          return scalar.int64(trips);
        case 'step':
          return scalar.uint32(this.step);
        case 'key':
          return scalar.uint32(deriveKey(this.#counters.seed, ...role.causes));
        default:
          return this.#shared(role, this.#train);
      }
    };
    const outputs = await session.run(supply, ['state', 'losses', 'norm']);
    this.#state = new Map(outputs.states());
    const reported = floatsOf(outputs.get('losses'));
    const broken = reported.findIndex((loss) => !Number.isFinite(loss));
    const losses = broken < 0 ? reported : reported.slice(0, broken + 1);
    this.#counters = { ...this.#counters, step: this.step + losses.length };
    const norm = outputs.get('norm');
    const finite = broken < 0 && (norm === undefined || Number.isFinite(floatsOf(norm)[0]));
    return { losses, steps: losses.length, finite };
  }

  async evaluate(examples: Examples): Promise<Evaluation> {
    const loaded = loadExamples(this.#program.structure, examples);
    const outputs = await this.#runEval(loaded, ['loss_sums', 'correct']);
    const total = (values: Float32Array): number => values.reduce((sum, value) => sum + value, 0);
    const loss = total(floatsOf(outputs.get('loss_sums'))) / loaded.rows;
    const accuracy = total(floatsOf(outputs.get('correct'))) / loaded.rows;
    return { loss, accuracy, rows: loaded.rows };
  }

  async predict(examples: Examples): Promise<Float32Array> {
    const { structure } = this.#program;
    const loaded = loadExamples(structure, examples);
    const outputs = await this.#runEval(loaded, ['logits']);
    return floatsOf(outputs.get('logits')).slice(0, loaded.rows * structure.classes);
  }

  async #runEval(examples: LoadedExamples, kinds: readonly ('loss_sums' | 'correct' | 'logits')[]) {
    const session = await this.#program.evaluation();
    const supply = (role: InputRole): Tensor => {
      switch (role.kind) {
        case 'trips':
          return scalar.int64(Math.ceil(examples.rows / EVAL_BLOCK_ROWS));
        case 'row_count':
          return scalar.int32(examples.rows);
        default:
          return this.#shared(role, examples);
      }
    };
    return session.run(supply, kinds);
  }

  /** Inputs that training and evaluation share. */
  #shared(role: InputRole, examples: LoadedExamples): Tensor {
    const value =
      role.kind === 'data'
        ? examples.data
        : role.kind === 'labels'
          ? examples.labels
          : role.kind === 'state'
            ? this.#state.get(role.name)
            : role.kind === 'hyper'
              ? this.#hyper.get(role.name)
              : undefined;
    if (value === undefined) throw new Error(`the graph has an input that nothing supplies: ${JSON.stringify(role)}`);
    return value;
  }

  parameters(): readonly ParameterTensor[] {
    return readState(this.#program.state, this.#state).filter(({ kind }) => kind === 'parameter');
  }

  exportOnnx(metadata: Readonly<Record<string, string>>): Uint8Array {
    return exportModel(this.#program.structure, this.parameters(), metadata);
  }

  save(): Uint8Array {
    return saveState(this.#program.state, this.#state, this.#counters);
  }

  restore(checkpoint: Uint8Array): void {
    const { state, counters } = restoredState(this.#program.state, checkpoint);
    this.#state = state;
    this.#counters = counters;
  }

  dispose(): void {
    if (this.#disposed) return;
    this.#disposed = true;
    this.#state.clear();
    this.#onDispose();
  }
}
