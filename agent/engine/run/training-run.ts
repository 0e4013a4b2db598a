/**
 * One model being trained: its tensors go into a step graph and come back from it, chunk after chunk. Evaluation and
 * export read the same tensors.
 */
import type { InputRole } from '../compile/signature.ts';
import { hyperValues, initialParameters, structureKey } from '../compile/structure.ts';
import { STEPS_PER_TRIP } from '../compile/train-step.ts';
import type { ChunkResult, Evaluation, Examples, ParameterTensor, StartOptions, TrainingRun } from '../port.ts';
import { basisFor } from './basis.ts';
import type { RunOutputs } from './compiled-session.ts';
import { checkExamples } from './examples.ts';
import { exportModel } from './export.ts';
import { EVAL_BLOCK_ROWS, type ProgramSessions } from './program-sessions.ts';
import { RunState } from './run-state.ts';
import { floatsOf, scalar, type Tensor } from './session.ts';
import { givenParameters, initialState, readState, restoredState, type SavedRun, saveState } from './state.ts';
import { trainRows } from './training-chunk.ts';

export class OrtTrainingRun implements TrainingRun {
  readonly #program: ProgramSessions;
  readonly #train: Examples;
  readonly #hyper: ReadonlyMap<string, Tensor>;
  readonly #onDispose: () => void;
  #state: RunState;
  #counters: SavedRun;
  #disposed = false;

  constructor(program: ProgramSessions, options: StartOptions, onDispose: () => void) {
    const { seed, layers, optimizer } = options;
    if (structureKey({ ...program.structure, layers, optimizer }) !== program.key) {
      throw new Error('the run has another structure than the program it was started from');
    }
    this.#program = program;
    this.#onDispose = onDispose;
    checkExamples(program.structure, options.train);
    this.#train = options.train;
    this.#hyper = new Map(
      Object.entries(hyperValues(layers, optimizer)).map(([name, value]) => [name, scalar.float32(value)]),
    );
    const fresh = options.parameters ?? initialParameters(program.structure, seed);
    this.#state = new RunState(initialState(program.state, givenParameters(program.state, fresh)));
    this.#counters = { seed, step: 0 };
  }

  /** Opens what every chunk needs, before anybody measures how long a step takes. */
  async prepare(): Promise<void> {
    const { sessions } = basisFor('training', this.#program, this.#state, this.#train);
    await sessions.training(sessions.structure.batchSize, STEPS_PER_TRIP);
  }

  get step(): number {
    return this.#counters.step;
  }

  async trainChunk(rowOrder: Int32Array): Promise<ChunkResult> {
    const { seed, step } = this.#counters;
    const basis = basisFor('training', this.#program, this.#state, this.#train);
    const inputs = { sessions: basis.sessions, examples: basis.examples, hyper: this.#hyper, seed };
    const { result, state } = await trainRows(inputs, { state: basis.tensors, step }, rowOrder);
    basis.advance(state);
    this.#counters = { seed, step: step + result.steps };
    return result;
  }

  async evaluate(examples: Examples): Promise<Evaluation> {
    const outputs = await this.#runEval(examples, ['loss_sums', 'correct']);
    const mean = (values: Float32Array): number => values.reduce((sum, value) => sum + value, 0) / examples.rows;
    const loss = mean(floatsOf(outputs.get('loss_sums')));
    const accuracy = mean(floatsOf(outputs.get('correct')));
    return { loss, accuracy, rows: examples.rows };
  }

  async predict(examples: Examples): Promise<Float32Array> {
    const outputs = await this.#runEval(examples, ['logits']);
    return floatsOf(outputs.get('logits')).slice(0, examples.rows * this.#program.structure.classes);
  }

  async #runEval(given: Examples, kinds: readonly ('loss_sums' | 'correct' | 'logits')[]): Promise<RunOutputs> {
    checkExamples(this.#program.structure, given);
    const { sessions, examples, tensors } = basisFor('evaluation', this.#program, this.#state, given);
    const session = await sessions.evaluation();
    const supply = (role: InputRole): Tensor | undefined => {
      switch (role.kind) {
        case 'trips':
          return scalar.int64(Math.ceil(examples.rows / EVAL_BLOCK_ROWS));
        case 'row_count':
          return scalar.int32(examples.rows);
        case 'data':
          return examples.data;
        case 'labels':
          return examples.labels;
        case 'state':
          return tensors.get(role.name);
        default:
          return undefined;
      }
    };
    return session.run(supply, kinds);
  }

  parameters(): readonly ParameterTensor[] {
    return readState(this.#program.state, this.#state.whole()).filter(({ kind }) => kind === 'parameter');
  }

  exportOnnx(metadata: Readonly<Record<string, string>>): Uint8Array {
    return exportModel(this.#program.structure, this.parameters(), metadata);
  }

  save(): Uint8Array {
    return saveState(this.#program.state, this.#state.whole(), this.#counters);
  }

  restore(checkpoint: Uint8Array): void {
    const { state, counters } = restoredState(this.#program.state, checkpoint);
    this.#state = new RunState(state);
    this.#counters = counters;
  }

  dispose(): void {
    if (this.#disposed) return;
    this.#disposed = true;
    this.#state = new RunState(new Map());
    this.#onDispose();
  }
}
