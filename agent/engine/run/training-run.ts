/**
 * One model being trained: its tensors go into a step graph and come back from it, chunk after chunk. Evaluation and
 * export read the same tensors.
 */
import { SowerError } from '../../../shared/kernel/errors.ts';
import { initialParameters, ratesOf, slotsOf, structureKey } from '../compile/structure.ts';
import type { ChunkResult, Evaluation, ExampleSource, ParameterTensor, StartOptions, TrainingRun } from '../port.ts';
import { type Basis, basisFor, wholeBasis } from './basis.ts';
import { evaluateRows, predictRows } from './evaluation.ts';
import { checkExamples, checkSource, isStored } from './examples.ts';
import { exportModel } from './export.ts';
import { OptimizerScalars } from './optimizer-scalars.ts';
import type { ProgramSessions } from './program-sessions.ts';
import { RunState } from './run-state.ts';
import { givenParameters, initialState, parametersIn, restoredState, saveState } from './state.ts';
import { piecesOf } from './stored-pieces.ts';
import { trainRows } from './training-chunk.ts';

interface Counters {
  readonly seed: number;
  /** Batches done. */
  readonly step: number;
  /** Steps of the optimizer done. */
  readonly updates: number;
  readonly slotScale: number;
  readonly slotPhase: number;
}

export class OrtTrainingRun implements TrainingRun {
  #program: ProgramSessions;
  readonly #train: ExampleSource;
  readonly #onDispose: () => void;
  #scalars: OptimizerScalars;
  #state: RunState;
  #counters: Counters;
  #disposed = false;

  constructor(program: ProgramSessions, options: StartOptions, onDispose: () => void) {
    const { seed, layers, optimizer } = options;
    const { structure } = program;
    if (structureKey({ ...structure, layers, optimizer }) !== program.key) {
      throw new Error('the run has another structure than the program it was started from');
    }
    this.#program = program;
    this.#onDispose = onDispose;
    checkSource(program, options.train);
    this.#train = options.train;
    this.#scalars = new OptimizerScalars(structure, options);
    const fresh =
      options.parameters === undefined
        ? new Map(initialParameters(structure, seed).map(({ name, values }) => [name, values]))
        : givenParameters(program.state, options.parameters);
    this.#state = new RunState(initialState(program.state, fresh, slotsOf(optimizer)));
    this.#counters = { seed, step: 0, updates: 0, slotScale: 1, slotPhase: 0 };
  }

  /** Opens what every chunk needs, before anybody measures how long a step takes. */
  async prepare(): Promise<void> {
    const train = this.#train;
    const sessions = isStored(train) ? this.#program : basisFor('training', this.#program, this.#state, train).sessions;
    await sessions.training(sessions.structure.batchSize, sessions.stepsPerTrip);
  }

  get step(): number {
    return this.#counters.step;
  }

  /** Trips of an epoch begin where the epoch does. */
  beginEpoch(): void {
    this.#counters = { ...this.#counters, slotPhase: 0 };
  }

  async trainChunk(rowOrder: Int32Array, rates?: Float32Array): Promise<ChunkResult> {
    this.#checkRates(rowOrder, rates);
    const pieces: ChunkResult[] = [];
    let batch = 0;
    for await (const { examples, order } of piecesOf(this.#program.structure, this.#train, rowOrder)) {
      const isPiece = isStored(this.#train);
      if (isPiece) checkExamples(this.#program, examples);
      const from = batch;
      const rateOf = (at: number): number => rates?.[from + at] ?? this.#scalars.lr;
      const basis = isPiece
        ? wholeBasis(this.#program, this.#state, examples)
        : basisFor('training', this.#program, this.#state, examples);
      const result = await this.#trainPiece(basis, order, rateOf);
      pieces.push(result);
      batch += result.steps;
      if (!result.finite) break;
    }
    if (pieces.length === 1) return pieces[0]!;
    const losses = Float32Array.from(pieces.flatMap((piece) => [...piece.losses]));
    return { losses, steps: losses.length, finite: pieces.every(({ finite }) => finite) };
  }

  async #trainPiece(basis: Basis, order: Int32Array, rateOf: (batch: number) => number): Promise<ChunkResult> {
    const { seed, ...counters } = this.#counters;
    const inputs = { sessions: basis.sessions, examples: basis.examples, scalars: this.#scalars, rateOf, seed };
    const { result, position } = await trainRows(inputs, { state: basis.tensors, ...counters }, order);
    const { state, ...reached } = position;
    basis.advance(state);
    this.#counters = { seed, ...reached };
    return result;
  }

  #checkRates(rowOrder: Int32Array, rates: Float32Array | undefined): void {
    if (rates === undefined) return;
    const { structure } = this.#program;
    if (ratesOf(structure) !== 'per_step') throw new Error('the structure has one learning rate for a whole chunk');
    const batches = Math.ceil(rowOrder.length / structure.batchSize);
    if (rates.length !== batches) throw new Error(`${batches} batches, but ${rates.length} learning rates`);
  }

  setLearningRate(lr: number): void {
    if (lr === this.#scalars.lr) return;
    this.#scalars = this.#scalars.at(lr);
  }

  evaluate(examples: ExampleSource): Promise<Evaluation> {
    return evaluateRows(this.#program, this.#state, examples);
  }

  predict(examples: ExampleSource): Promise<Float32Array> {
    return predictRows(this.#program, this.#state, examples);
  }

  parameters(): readonly ParameterTensor[] {
    const all = parametersIn(this.#program.state, this.#state.whole());
    return all.map((tensor) => ({ ...tensor, values: tensor.values.slice() }));
  }

  setParameters(parameters: readonly ParameterTensor[]): void {
    const given = givenParameters(this.#program.state, parameters);
    const fresh = initialState(
      this.#program.state.filter(({ kind }) => kind !== 'slot'),
      given,
      [],
    );
    this.#state = new RunState(new Map([...this.#state.whole(), ...fresh]));
  }

  exportOnnx(metadata: Readonly<Record<string, string>>): Uint8Array {
    const parameters = parametersIn(this.#program.state, this.#state.whole());
    return exportModel(this.#program.structure, parameters, metadata);
  }

  save(): Uint8Array {
    return saveState(this.#program, this.#state.whole(), { ...this.#counters, lr: this.#scalars.lr });
  }

  restore(checkpoint: Uint8Array): void {
    const { state, saved } = restoredState(this.#program, checkpoint);
    const { lr, lowering, ...counters } = saved;
    const lowered = this.#program.loweredAs(lowering);
    if (lowered === null) {
      throw new SowerError(
        'E_CHECKPOINT_FORMAT',
        `the checkpoint computes convolutions in an unknown way: ${lowering}`,
        {
          fix: 'start the trial afresh, or restore with the version of Sower that wrote it',
        },
      );
    }
    this.#program = lowered;
    this.#state = new RunState(state);
    this.#counters = counters;
    this.#scalars = this.#scalars.at(lr);
  }

  dispose(): void {
    if (this.#disposed) return;
    this.#disposed = true;
    this.#state = new RunState(new Map());
    this.#onDispose();
  }
}
