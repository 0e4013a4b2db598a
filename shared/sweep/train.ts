/**
 * The `train:` section after `${parameter}` references were filled in and checked: what one trial trains. Words are
 * PyTorch's. `shared/sweep/train-schema.ts` is the zod schema that produces these types.
 */

export type Activation = 'relu' | 'sigmoid' | 'tanh';

/** One layer, tagged by `type`; in the sweep file it is written `- dense: {units: 100, activation: relu}`. */
export type LayerConfig =
  | { readonly type: 'dense'; readonly units: number; readonly activation?: Activation; readonly bias?: boolean }
  | { readonly type: 'dropout'; readonly rate: number }
  | { readonly type: 'flatten' }
  | { readonly type: Activation };

/** SGD as `torch.optim.SGD`: v = momentum v + (g + weight_decay w); w -= lr v (or lr (g + momentum v) with nesterov). */
export interface SgdConfig {
  readonly type: 'sgd';
  readonly lr: number;
  readonly momentum: number;
  readonly nesterov: boolean;
  readonly weightDecay: number;
}

export type OptimizerConfig = SgdConfig;

export type LossConfig = { readonly type: 'cross_entropy' };

export interface DataConfig {
  /** A built-in or known data set: `digits`, `mnist`. */
  readonly name: string;
  /** Rows (or, below 1, shares) of the training part; what is left out of both is unused. Default: all train. */
  readonly split: { readonly train?: number; readonly validation?: number };
  /** Pixel scaling inside the graph: `unit` = x / 255, `none` = raw values. Default `unit` for uint8 images. */
  readonly scale: 'unit' | 'none';
}

export interface TrainConfig {
  readonly kind: 'builtin';
  readonly data: DataConfig;
  readonly model: readonly LayerConfig[];
  readonly loss: LossConfig;
  readonly optimizer: OptimizerConfig;
  readonly batchSize: number;
  readonly epochs: number;
}

/** A trial that does no work but takes `seconds`: to measure Sower itself or rehearse a cluster. */
export interface NoopConfig {
  readonly kind: 'noop';
  readonly seconds: number;
}

export type TrainerConfig = TrainConfig | NoopConfig;
