/**
 * One model being trained: its tensors go into a step graph and come back from it, chunk after chunk. Evaluation and
 * export read the same tensors.
 */
import { deriveKey } from '../../../shared/kernel/random.ts';
import type { InputRole } from '../compile/signature.ts';
import { hyperValues, initialParameters, structureKey } from '../compile/structure.ts';
import type { ChunkResult, Evaluation, Examples, ParameterTensor, StartOptions, TrainingRun } from '../port.ts';
import { type LoadedExamples, loadExamples } from './examples.ts';
import { exportModel } from './export.ts';
import type { OrtProgram } from './program.ts';
import { floatsOf, makeTensor, scalar, type Tensor } from './session.ts';
import { givenParameters, initialState, readState, restoredState, type SavedRun, saveState } from './state.ts';

export class OrtTrainingRun implements TrainingRun {
  readonly #program: OrtProgram;
  readonly #train: LoadedExamples;
  readonly #hyper: ReadonlyMap<string, Tensor>;
  readonly #onDispose: () => void;
  #state: Map<string, Tensor>;
  #counters: SavedRun;
  #disposed = false;

  constructor(program: OrtProgram, options: StartOptions, onDispose: () => void) {
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

  async trainChunk(rowOrder: Int32Array): Promise<ChunkResult> {
    const { batchSize } = this.#program.structure;
    const fullRows = Math.floor(rowOrder.length / batchSize) * batchSize;
    const full = await this.#trainSteps(rowOrder.subarray(0, fullRows), batchSize);
    if (!full.finite || fullRows === rowOrder.length) return full;
    const last = await this.#trainSteps(rowOrder.subarray(fullRows), rowOrder.length - fullRows);
    return {
      losses: Float32Array.of(...full.losses, ...last.losses),
      steps: full.steps + last.steps,
      finite: last.finite,
    };
  }

  async #trainSteps(rowOrder: Int32Array, batchRows: number): Promise<ChunkResult> {
    const steps = rowOrder.length / batchRows;
    if (steps === 0) return { losses: new Float32Array(0), steps: 0, finite: true };
    const session = await this.#program.trainSession(batchRows);
    const order = makeTensor('int32', rowOrder, [steps, batchRows]);
    const supply = (role: InputRole): Tensor => {
      switch (role.kind) {
        case 'order':
          return order;
        case 'trips':
          return scalar.int64(steps);
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
    const losses = floatsOf(outputs.get('losses'));
    this.#counters = { ...this.#counters, step: this.step + losses.length };
    const norm = outputs.get('norm');
    const finite = losses.every(Number.isFinite) && (norm === undefined || Number.isFinite(floatsOf(norm)[0]));
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
    const session = await this.#program.evalSession();
    const supply = (role: InputRole): Tensor => {
      switch (role.kind) {
        case 'trips':
          return scalar.int64(Math.ceil(examples.rows / this.#program.evalBlockRows));
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
