/** The model forward over many rows, block by block: dropout off, running statistics. */
import { elementsOf } from '../../../shared/model/output-shape.ts';
import type { Evaluation, ExampleSource } from '../port.ts';
import { checkExamples, type RowsTaken, readInBlocks } from '../run/examples.ts';
import { type Batch, batchOf } from './batches.ts';
import { countCorrect, lossSum, targetsOf } from './losses.ts';
import { forward } from './model.ts';
import type { TensorState } from './state.ts';
import type { StepModel } from './training-step.ts';

/** Enough for full speed, few enough for the activations of wide convolutions. */
const BLOCK_ROWS = 256;

interface Scored extends Batch {
  /** `[rows, outputs]`. */
  readonly scores: Float32Array;
  readonly lossSum: number;
  readonly divisor: number;
}

/** All rows in turn, as many at a time as are computed together. */
async function* blocksOf(taken: RowsTaken, source: ExampleSource): AsyncGenerator<Batch> {
  for await (const examples of readInBlocks(source)) {
    checkExamples(taken, examples);
    for (let from = 0; from < examples.rows; from += BLOCK_ROWS) {
      const count = Math.min(BLOCK_ROWS, examples.rows - from);
      yield batchOf(
        taken.structure,
        examples,
        Int32Array.from({ length: count }, (_, i) => from + i),
      );
    }
  }
}

function scored(model: StepModel, state: TensorState, batch: Batch): Scored {
  const { tf, layers, inputShape, loss } = model;
  const { features, labels, rows } = batch;
  const parameter = (name: string) => state.get(name)!;
  const { scores, sum, divisor } = tf.tidy(() => {
    const x = tf.tensor2d(features, [rows, elementsOf(inputShape)]);
    const scores = forward({ tf, parameter, training: null }, layers, x, inputShape);
    const outputs = scores.shape[1]!;
    const targets = targetsOf(loss, labels, rows, outputs);
    const sum = lossSum(tf, loss, scores, tf.tensor2d(targets.values, [rows, outputs]));
    return { scores: scores.dataSync() as Float32Array, sum: sum.dataSync()[0]!, divisor: targets.divisor };
  }) as unknown as { readonly scores: Float32Array; readonly sum: number; readonly divisor: number };
  return { ...batch, scores, lossSum: sum, divisor };
}

export async function evaluateRows(
  model: StepModel,
  taken: RowsTaken,
  state: TensorState,
  source: ExampleSource,
): Promise<Evaluation> {
  let loss = 0;
  let divisor = 0;
  let correct = 0;
  for await (const batch of blocksOf(taken, source)) {
    const block = scored(model, state, batch);
    loss += block.lossSum;
    divisor += block.divisor;
    const outputs = block.scores.length / block.rows;
    correct += block.labels instanceof Int32Array ? countCorrect(block.scores, block.labels, outputs) : Number.NaN;
  }
  return { loss: loss / divisor, accuracy: correct / source.rows, rows: source.rows };
}

export async function predictRows(
  model: StepModel,
  taken: RowsTaken,
  state: TensorState,
  source: ExampleSource,
): Promise<Float32Array> {
  const all = new Float32Array(source.rows * taken.outputs);
  let at = 0;
  for await (const batch of blocksOf(taken, source)) {
    const { scores } = scored(model, state, batch);
    all.set(scores, at);
    at += scores.length;
  }
  return all;
}
