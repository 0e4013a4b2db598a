/** One model being trained in TensorFlow.js. */
import { deriveKey } from '../../../shared/kernel/random.ts';
import { walkLayers } from '../../../shared/model/layer-tree.ts';
import { initialParameters, ratesOf, structureKey } from '../compile/structure.ts';
import { planModel } from '../nn/model.ts';
import {
  type ChunkResult,
  type Evaluation,
  type ExampleSource,
  type Examples,
  type ParameterTensor,
  preprocessedShape,
  type StartOptions,
  type Structure,
  type TrainingRun,
} from '../port.ts';
import { checkExamples, checkSource, isStored, type RowsTaken } from '../run/examples.ts';
import { exportModel } from '../run/export.ts';
import { givenParameters } from '../run/state.ts';
import { piecesOf } from '../run/stored-pieces.ts';
import { batchOf } from './batches.ts';
import { restoredRun, type SavedCounters, type StateOwner, saveRun } from './checkpoint.ts';
import { evaluateRows, predictRows } from './evaluation.ts';
import type { ModelTraining } from './layer-context.ts';
import type { Tf } from './load.ts';
import { disposeState, makeState, readTensor, type StateSpec, stateSpecs, type TensorState } from './state.ts';
import { type StepModel, trainStep } from './training-step.ts';

export class TfjsTrainingRun implements TrainingRun {
  readonly #tf: Tf;
  readonly #taken: RowsTaken;
  readonly #owner: StateOwner;
  readonly #train: ExampleSource;
  readonly #model: StepModel;
  readonly #dropoutRates: ReadonlyMap<string, number>;
  readonly #state: TensorState;
  #counters: SavedCounters;

  constructor(tf: Tf, structure: Structure, options: StartOptions) {
    const { seed, train, layers, optimizer, clipGradNorm } = options;
    const key = structureKey(structure);
    if (structureKey({ ...structure, layers, optimizer }) !== key) {
      throw new Error('the run has another structure than the program it was started from');
    }
    const clips = structure.clipsGradients === true;
    if (clips && clipGradNorm === undefined) throw new Error('the structure clips gradients, but no norm was given');
    const plan = planModel({ ...structure, layers });
    this.#taken = { structure, outputs: plan.outputs };
    checkSource(this.#taken, train);
    const specs = stateSpecs(plan.parameters, layers, optimizer);
    this.#tf = tf;
    this.#owner = { key, specs };
    this.#train = train;
    this.#model = {
      tf,
      layers: plan.layers,
      inputShape: preprocessedShape(structure.inputShape, structure.preprocessing),
      specs,
      loss: structure.loss,
      optimizer,
      clipGradNorm: clips ? clipGradNorm! : null,
    };
    this.#dropoutRates = new Map(
      walkLayers(layers).flatMap(({ name, config }) => (config.type === 'dropout' ? [[name, config.rate]] : [])),
    );
    const fresh = options.parameters ?? initialParameters(structure, seed);
    this.#state = makeState(tf, specs, givenParameters(specs, fresh));
    this.#counters = { seed, step: 0, updates: 0, lr: optimizer.lr };
  }

  get step(): number {
    return this.#counters.step;
  }

  beginEpoch(): void {}

  async trainChunk(rowOrder: Int32Array, rates?: Float32Array): Promise<ChunkResult> {
    this.#checkRates(rowOrder, rates);
    const losses: number[] = [];
    for await (const { examples, order } of piecesOf(this.#taken.structure, this.#train, rowOrder)) {
      if (isStored(this.#train)) checkExamples(this.#taken, examples);
      const from = losses.length;
      losses.push(...this.#trainPiece(examples, order, (batch) => rates?.[from + batch] ?? this.#counters.lr));
      if (!losses.every(Number.isFinite)) break;
    }
    const finite = losses.every(Number.isFinite) && this.#parametersAreFinite();
    return { losses: Float32Array.from(losses), steps: losses.length, finite };
  }

  #trainPiece(examples: Examples, order: Int32Array, rateOf: (batch: number) => number): readonly number[] {
    const { batchSize, accumulateBatches = 1 } = this.#taken.structure;
    const losses: number[] = [];
    for (let from = 0; from < order.length; from += accumulateBatches * batchSize) {
      const part = order.subarray(from, from + accumulateBatches * batchSize);
      const batches = Array.from({ length: Math.ceil(part.length / batchSize) }, (_, i) =>
        batchOf(this.#taken.structure, examples, part.subarray(i * batchSize, (i + 1) * batchSize)),
      );
      const { step, updates } = this.#counters;
      // A step over several batches has the rate of its last one.
      const moment = { lr: rateOf(losses.length + batches.length - 1), count: updates + 1 };
      losses.push(...trainStep(this.#model, this.#state, batches, (i) => this.#training(step + i), moment));
      this.#counters = { ...this.#counters, step: step + batches.length, updates: updates + 1 };
      if (!losses.every(Number.isFinite)) break;
    }
    return losses;
  }

  #checkRates(rowOrder: Int32Array, rates: Float32Array | undefined): void {
    if (rates === undefined) return;
    if (ratesOf(this.#taken.structure) !== 'per_step')
      throw new Error('the structure has one learning rate for a whole chunk');
    const batches = Math.ceil(rowOrder.length / this.#taken.structure.batchSize);
    if (rates.length !== batches) throw new Error(`${batches} batches, but ${rates.length} learning rates`);
  }

  #training(step: number): Omit<ModelTraining, 'update'> {
    return {
      step,
      keyOf: (layer) => deriveKey(this.#counters.seed, 'dropout', layer),
      dropoutRate: (layer) => this.#dropoutRates.get(layer)!,
    };
  }

  #parametersAreFinite(): boolean {
    const tf = this.#tf;
    return this.#owner.specs
      .filter(({ kind }) => kind === 'parameter')
      .every(({ name }) => {
        const squares = tf.tidy(() => tf.sum(tf.square(this.#state.get(name)!)));
        const [sum] = squares.dataSync();
        squares.dispose();
        return Number.isFinite(sum);
      });
  }

  setLearningRate(lr: number): void {
    this.#counters = { ...this.#counters, lr };
  }

  evaluate(examples: ExampleSource): Promise<Evaluation> {
    return evaluateRows(this.#model, this.#taken, this.#state, examples);
  }

  predict(examples: ExampleSource): Promise<Float32Array> {
    return predictRows(this.#model, this.#taken, this.#state, examples);
  }

  parameters(): readonly ParameterTensor[] {
    return this.#owner.specs
      .filter(({ kind }) => kind !== 'slot')
      .map((spec) => {
        const values = readTensor(this.#tf, spec, this.#state.get(spec.name)!);
        return { name: spec.name, shape: spec.shape, values };
      });
  }

  setParameters(parameters: readonly ParameterTensor[]): void {
    const values = givenParameters(this.#owner.specs, parameters);
    this.#replace(
      this.#owner.specs.filter(({ kind }) => kind !== 'slot'),
      values,
    );
  }

  #replace(specs: readonly StateSpec[], values: ReadonlyMap<string, Float32Array>): void {
    for (const [name, tensor] of makeState(this.#tf, specs, values)) {
      this.#state.get(name)?.dispose();
      this.#state.set(name, tensor);
    }
  }

  exportOnnx(metadata: Readonly<Record<string, string>>): Uint8Array {
    return exportModel(this.#taken.structure, this.parameters(), metadata);
  }

  save(): Uint8Array {
    return saveRun(this.#tf, this.#owner, this.#state, this.#counters);
  }

  restore(checkpoint: Uint8Array): void {
    const { values, counters } = restoredRun(this.#owner, checkpoint);
    this.#replace(this.#owner.specs, values);
    this.#counters = counters;
  }

  dispose(): void {
    disposeState(this.#state);
  }
}
