/**
 * The training engine as the trainers see it. Two implementations stand behind it (`ort` now, `tfjs` next); one contract
 * suite (`test/contract/engine.ts`) says what each promise means.
 *
 * compile() fixes the structure: shapes, layers, loss, optimizer kind, batch size. Everything a sweep varies without
 * changing shapes (rates, momentum, decay, dropout) is given to start() and to no compiled thing, so all trials of one
 * structure share one compiled program.
 */
import type { LayerConfig, LossConfig, OptimizerConfig } from '../../shared/sweep/train.ts';

/** Rows of one part of a data set, as stored: no scaling, no copies. */
export interface Examples {
  /** Row-major `[rows, ...shape]`. */
  readonly features: Uint8Array | Float32Array;
  /** Shape of one row: `[28, 28]` or `[3, 128, 128]` (channels, height, width), `[8]`. */
  readonly shape: readonly number[];
  /** Class index per row, or numbers to predict, row-major `[rows, outputs]`. */
  readonly labels: Int32Array | Float32Array;
  readonly rows: number;
}

/** Rows too many for memory: training and evaluation ask for just those that they need next. */
export interface StoredExamples {
  readonly shape: readonly number[];
  readonly rows: number;
  /** The rows at `indices`, in that order. */
  read(indices: Int32Array): Promise<Examples>;
}

export type ExampleSource = Examples | StoredExamples;

/**
 * Applied to raw features inside the graph, training and exported alike: (x - shift) * scale. A number is for all values;
 * a list has one entry per channel (first axis of a row of rank 3) or per feature (rank 1).
 */
export interface AffinePreprocessing {
  readonly shift: number | readonly number[];
  readonly scale: number | readonly number[];
}

/** What the model is given of one column of a table. */
export type ColumnEncoding =
  /** Missing (NaN) becomes `fill`, then (x - shift) * scale: one feature. */
  | {
      readonly type: 'number';
      readonly column: number;
      readonly fill: number | null;
      readonly shift: number;
      readonly scale: number;
    }
  /** One feature for each code 0..categories - 1; a missing cell without `fill`, and any other code, is 0 in all of them. */
  | {
      readonly type: 'one_hot';
      readonly column: number;
      readonly categories: number;
      readonly fill: number | null;
    };

/** Of rows of rank 1: the features in this order, whatever the order of the columns. */
export interface TableEncoding {
  readonly columns: readonly ColumnEncoding[];
}

export type Preprocessing = AffinePreprocessing | TableEncoding;

/** Shape of one example as the first layer takes it. */
export function preprocessedShape(inputShape: readonly number[], preprocessing: Preprocessing): readonly number[] {
  if (!('columns' in preprocessing)) return inputShape;
  return [preprocessing.columns.reduce((sum, column) => sum + (column.type === 'one_hot' ? column.categories : 1), 0)];
}

export interface Structure {
  readonly inputShape: readonly number[];
  readonly inputType: 'uint8' | 'float32';
  /** Null where numbers are predicted: then the model's last shape says how many. */
  readonly classes: number | null;
  readonly layers: readonly LayerConfig[];
  readonly loss: LossConfig;
  readonly optimizer: OptimizerConfig;
  readonly batchSize: number;
  readonly preprocessing: Preprocessing;
  /** Whether the learning rate may differ from step to step within a chunk. Default `fixed`. */
  readonly rates?: 'fixed' | 'per_step';
  /** Gradients are clipped to a norm that is given at the start. Default false. */
  readonly clipsGradients?: boolean;
  /** Batches whose gradients are averaged into one optimizer step. Default 1. */
  readonly accumulateBatches?: number;
}

export interface EngineIdentity {
  readonly engine: 'ort' | 'tfjs';
  readonly version: string;
  /** `cpu`, `cuda`, `webgpu`; of tfjs its backend. */
  readonly provider: string;
  readonly threads: number;
}

export interface Engine {
  readonly identity: EngineIdentity;
  /** Throws SowerError E_MODEL_* for an impossible structure, naming both shapes. Cached by structure. */
  compile(structure: Structure): Promise<Program>;
  close(): Promise<void>;
}

export interface ParameterTensor {
  /** `0.weight`, `0.bias`, `2.0.1.running_mean`: place among the layers as written (branches count inwards), then PyTorch's word. */
  readonly name: string;
  /** PyTorch's layout: dense weight `[out, in]`, convolution `[out, in / groups, height, width]`. */
  readonly shape: readonly number[];
  readonly values: Float32Array;
}

export interface Program {
  /** Trainable parameters, counted. */
  readonly parameterCount: number;
  /** Fresh weights from `seed`, optimizer state zero. */
  start(options: StartOptions): Promise<TrainingRun>;
}

export interface StartOptions {
  readonly seed: number;
  readonly train: ExampleSource;
  /** Same structure as the compiled one; only its numbers differ. */
  readonly layers: readonly LayerConfig[];
  readonly optimizer: OptimizerConfig;
  /** Needed where the structure clips gradients. */
  readonly clipGradNorm?: number;
  /** Instead of fresh weights: all that `parameters()` gives. */
  readonly parameters?: readonly ParameterTensor[];
}

export interface ChunkResult {
  /** Mean loss of each batch that was done. Shorter than asked where one was not finite: training stops there. */
  readonly losses: Float32Array;
  /** Batches done. */
  readonly steps: number;
  /** False where a loss or a parameter is NaN or infinite. */
  readonly finite: boolean;
}

export interface Evaluation {
  readonly loss: number;
  /** NaN where numbers are predicted. */
  readonly accuracy: number;
  readonly rows: number;
}

export interface TrainingRun {
  /** Batches done since the start. */
  readonly step: number;
  /** What comes next begins an epoch. Said before the same batches, it changes no result; the engine computes faster for it. */
  beginEpoch(): void;
  /**
   * Trains on rows in the given order, batch after batch; the last batch may be shorter (its loss is the mean over its
   * own rows, as in PyTorch). Bit-identical however the order is cut at batch borders (with accumulation: at borders of
   * optimizer steps). `rates`: the learning rate of each batch, where the structure's rates are `per_step`.
   */
  trainChunk(rowOrder: Int32Array, rates?: Float32Array): Promise<ChunkResult>;
  /** The learning rate from here on; momentum carries over as in PyTorch, whose buffers do not know the rate. */
  setLearningRate(lr: number): void;
  /** Loss (mean) and accuracy over all rows, dropout off, running statistics of batch norm. */
  evaluate(examples: ExampleSource): Promise<Evaluation>;
  /** The model's scores (`[rows, outputs]` row-major), before softmax unless the model ends in one; dropout off. */
  predict(examples: ExampleSource): Promise<Float32Array>;
  /** Weights and running statistics: PyTorch's `state_dict`. */
  parameters(): readonly ParameterTensor[];
  /** Puts back what `parameters()` gave; optimizer state and counters stay. */
  setParameters(parameters: readonly ParameterTensor[]): void;
  /**
   * The ONNX file: input `input` takes raw rows `[batch, ...shape]`, outputs are `logits` `[batch, outputs]` and
   * `probabilities` `[batch, classes]`, or `predictions` of numbers; opset 17.
   */
  exportOnnx(metadata: Readonly<Record<string, string>>): Uint8Array;
  /** Parameters, optimizer state and counters (safetensors layout); `restore` continues bit for bit. */
  save(): Uint8Array;
  restore(checkpoint: Uint8Array): void;
  dispose(): void;
}

/** Reloads an exported model in a plain inference session and compares it with the engine's own outputs. */
export type VerifyExport = (
  model: Uint8Array,
  examples: Examples,
  expectedLogits: Float32Array,
) => Promise<{ readonly maxDeviation: number; readonly opset: number }>;
