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
  /** Shape of one row: `[28, 28]`, `[8]`. */
  readonly shape: readonly number[];
  /** Class index per row. */
  readonly labels: Int32Array;
  readonly rows: number;
}

/** Applied to raw features inside the graph, training and exported alike: (x - shift) * scale. */
export interface Preprocessing {
  readonly shift: number;
  readonly scale: number;
}

export interface Structure {
  readonly inputShape: readonly number[];
  readonly inputType: 'uint8' | 'float32';
  readonly classes: number;
  readonly layers: readonly LayerConfig[];
  readonly loss: LossConfig;
  readonly optimizer: OptimizerConfig;
  readonly batchSize: number;
  readonly preprocessing: Preprocessing;
}

export interface EngineIdentity {
  readonly engine: 'ort' | 'tfjs';
  readonly version: string;
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
  /** `0.weight`, `0.bias`: index among the layers as written, then PyTorch's word. */
  readonly name: string;
  /** PyTorch's layout: dense weight `[out, in]`. */
  readonly shape: readonly number[];
  readonly values: Float32Array;
}

export interface Program {
  /** Trainable parameters, counted. */
  readonly parameterCount: number;
  /** Fresh weights from `seed` (PyTorch's default initialisation), optimizer state zero. */
  start(options: StartOptions): Promise<TrainingRun>;
}

export interface StartOptions {
  readonly seed: number;
  readonly train: Examples;
  /** Same structure as the compiled one; only its numbers differ. */
  readonly layers: readonly LayerConfig[];
  readonly optimizer: OptimizerConfig;
  /** Instead of fresh weights. */
  readonly parameters?: readonly ParameterTensor[];
}

export interface ChunkResult {
  /** Mean loss of each step that was done. Shorter than asked where a step was not finite: training stops there. */
  readonly losses: Float32Array;
  readonly steps: number;
  /** False where a loss or a parameter is NaN or infinite. */
  readonly finite: boolean;
}

export interface Evaluation {
  readonly loss: number;
  readonly accuracy: number;
  readonly rows: number;
}

export interface TrainingRun {
  /** Steps done since the start. */
  readonly step: number;
  /**
   * Trains on rows in the given order, batch after batch; the last batch may be shorter (its loss is the mean over its
   * own rows, as in PyTorch). Bit-identical however the order is cut at batch borders.
   */
  trainChunk(rowOrder: Int32Array): Promise<ChunkResult>;
  /** Loss (mean) and accuracy over all rows, dropout off. */
  evaluate(examples: Examples): Promise<Evaluation>;
  /** Class scores before softmax, `[rows, classes]` row-major, dropout off. */
  predict(examples: Examples): Promise<Float32Array>;
  parameters(): readonly ParameterTensor[];
  /**
   * The ONNX file: input `input` takes raw rows `[batch, ...shape]`, outputs `logits` and `probabilities`; opset 17.
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
