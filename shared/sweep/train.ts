/**
 * The `train:` section after `${parameter}` references were filled in and checked: what one trial trains. Words are
 * PyTorch's. `shared/sweep/train-schema.ts` is the zod schema that produces these types.
 */

import type { DataConfig } from './train/data-config.ts';

/** Activations without options; each is also a layer of its own and an option of `dense` and `conv2d`. */
export type Activation =
  | 'relu'
  | 'leaky_relu'
  | 'elu'
  | 'gelu'
  | 'silu'
  | 'sigmoid'
  | 'tanh'
  | 'softplus'
  | 'softmax'
  | 'log_softmax';

/** Height and width. */
export type Pair = readonly [number, number];

/** How weights start: `default` is PyTorch's for the layer; biases are then drawn as PyTorch does, else zero. */
export type Init = 'default' | 'xavier_uniform' | 'xavier_normal' | 'he_uniform' | 'he_normal';

export interface DenseConfig {
  readonly type: 'dense';
  readonly units: number;
  readonly activation?: Activation;
  readonly bias?: boolean;
  readonly init?: Init;
}

/** `torch.nn.Conv2d`; `same` pads so that a stride of 1 keeps height and width. */
export interface Conv2dConfig {
  readonly type: 'conv2d';
  readonly outChannels: number;
  readonly kernelSize: Pair;
  readonly stride: Pair;
  readonly padding: Pair | 'same';
  readonly dilation: Pair;
  readonly groups: number;
  readonly activation?: Activation;
  readonly bias?: boolean;
  readonly init?: Init;
}

export interface MaxPool2dConfig {
  readonly type: 'max_pool2d';
  readonly kernelSize: Pair;
  readonly stride: Pair;
  readonly padding: Pair;
}

export interface AvgPool2dConfig {
  readonly type: 'avg_pool2d';
  readonly kernelSize: Pair;
  readonly stride: Pair;
  readonly padding: Pair;
  readonly countIncludePad: boolean;
}

/** `torch.nn.BatchNorm1d` or `2d`, by the rank of what comes in; `momentum` is the weight of the new value. */
export interface BatchNormConfig {
  readonly type: 'batch_norm';
  readonly eps: number;
  readonly momentum: number;
  readonly affine: boolean;
}

/** `torch.nn.LayerNorm` over all features of an example. */
export interface LayerNormConfig {
  readonly type: 'layer_norm';
  readonly eps: number;
  readonly affine: boolean;
}

/** `torch.nn.Embedding` of whole-numbered features `[n]`, to `[n, embeddingDim]`; the first layer of a model. */
export interface EmbeddingConfig {
  readonly type: 'embedding';
  readonly numEmbeddings: number;
  readonly embeddingDim: number;
}

/** Branches side by side on the same input, added or joined along channels (features); an empty branch hands it on. */
export interface BranchesConfig {
  readonly type: 'add' | 'concat';
  readonly branches: readonly (readonly LayerConfig[])[];
}

/** One layer, tagged by `type`; in the sweep file it is written `- dense: {units: 100, activation: relu}`. */
export type LayerConfig =
  | DenseConfig
  | Conv2dConfig
  | MaxPool2dConfig
  | AvgPool2dConfig
  | { readonly type: 'global_avg_pool' }
  | { readonly type: 'global_max_pool' }
  | BatchNormConfig
  | LayerNormConfig
  | EmbeddingConfig
  | BranchesConfig
  | { readonly type: 'dropout'; readonly rate: number }
  | { readonly type: 'flatten' }
  | { readonly type: 'leaky_relu'; readonly negativeSlope?: number }
  | { readonly type: 'elu'; readonly alpha?: number }
  | { readonly type: 'gelu'; readonly approximate?: 'none' | 'tanh' }
  | { readonly type: Exclude<Activation, 'leaky_relu' | 'elu' | 'gelu'> };

/**
 * Decay of the weights: `coupled` adds weightDecay * w to the gradient (torch.optim.SGD, Adam), `decoupled` takes
 * lr * weightDecay * w off the weight (AdamW).
 */
export type DecayKind = 'coupled' | 'decoupled';

/** SGD as `torch.optim.SGD`: v = momentum v + (g + weight_decay w); w -= lr v (or lr (g + momentum v) with nesterov). */
export interface SgdConfig {
  readonly type: 'sgd';
  readonly lr: number;
  readonly momentum: number;
  readonly nesterov: boolean;
  readonly weightDecay: number;
  /** Default coupled. */
  readonly decay?: DecayKind;
}

/** `torch.optim.Adam` and, with decoupled decay, `AdamW`: w -= lr m^ / (sqrt(v^) + eps). */
export interface AdamConfig {
  readonly type: 'adam' | 'adamw';
  readonly lr: number;
  readonly beta1: number;
  readonly beta2: number;
  readonly eps: number;
  readonly weightDecay: number;
  /** Default coupled for adam, decoupled for adamw. */
  readonly decay?: DecayKind;
}

/** `torch.optim.RMSprop`: eps outside the root. */
export interface RmspropConfig {
  readonly type: 'rmsprop';
  readonly lr: number;
  readonly alpha: number;
  readonly eps: number;
  readonly momentum: number;
  readonly centered: boolean;
  readonly weightDecay: number;
  readonly decay?: DecayKind;
}

/** `torch.optim.Adagrad`. */
export interface AdagradConfig {
  readonly type: 'adagrad';
  readonly lr: number;
  readonly lrDecay: number;
  readonly eps: number;
  readonly initialAccumulatorValue: number;
  readonly weightDecay: number;
  readonly decay?: DecayKind;
}

export type OptimizerConfig = SgdConfig | AdamConfig | RmspropConfig | AdagradConfig;

/**
 * How scores and targets are compared. Classes: cross_entropy, nll (the model ends in log_softmax), bce_with_logits (one
 * score for two classes, else one per class). Numbers: mse, mae, huber.
 */
export type LossConfig =
  | {
      readonly type: 'cross_entropy';
      readonly labelSmoothing?: number;
      /** One per class; the mean is weighted by them, as in PyTorch. */
      readonly classWeights?: readonly number[];
    }
  | { readonly type: 'nll'; readonly classWeights?: readonly number[] }
  | { readonly type: 'bce_with_logits'; readonly positiveWeight?: number }
  | { readonly type: 'mse' }
  | { readonly type: 'mae' }
  | { readonly type: 'huber'; readonly delta: number };

/**
 * The learning rate over time, as the `torch.optim.lr_scheduler` of the same name. All but one_cycle move at the end of an
 * epoch; one_cycle and a warm-up in steps move at every step.
 */
export type ScheduleConfig =
  | { readonly type: 'step'; readonly stepSize: number; readonly gamma: number }
  | { readonly type: 'exponential'; readonly gamma: number }
  | { readonly type: 'cosine'; readonly tMax: number; readonly etaMin: number }
  | {
      readonly type: 'one_cycle';
      readonly maxLr: number;
      readonly pctStart: number;
      readonly divFactor: number;
      readonly finalDivFactor: number;
      readonly anneal: 'cos' | 'linear';
    }
  | {
      readonly type: 'reduce_on_plateau';
      readonly metric: string;
      readonly factor: number;
      readonly patience: number;
      readonly threshold: number;
      readonly cooldown: number;
      readonly minLr: number;
    };

/** Linear from startFactor * lr to lr, in whole epochs or in steps; what the schedule says is multiplied by it. */
export interface WarmupConfig {
  readonly unit: 'epochs' | 'steps';
  readonly length: number;
  readonly startFactor: number;
}

/** Stops where `metric` has not got better by more than minDelta for `patience` epochs. */
export interface EarlyStoppingConfig {
  readonly metric: string;
  readonly patience: number;
  readonly minDelta: number;
  /** Ends with the weights of the best epoch. Default true. */
  readonly restoreBest: boolean;
}

/** What a trial leaves behind beside its model and its history. */
export interface ArtifactsConfig {
  /** Rows that `evaluation.json` shows of each kind: surest right and worst wrong, or largest residuals. */
  readonly examples: number;
  /** Weights and optimizer state at the end, to go on from. */
  readonly checkpoint: boolean;
}

export interface TrainConfig {
  readonly kind: 'builtin';
  readonly data: DataConfig;
  readonly model: readonly LayerConfig[];
  readonly loss: LossConfig;
  readonly optimizer: OptimizerConfig;
  readonly batchSize: number;
  readonly epochs: number;
  readonly engine: 'ort' | 'tfjs';
  readonly schedule: ScheduleConfig | null;
  readonly warmup: WarmupConfig | null;
  readonly earlyStopping: EarlyStoppingConfig | null;
  /** The metric whose best epoch's weights are the trial's model; null: the last epoch's. */
  readonly bestWeights: string | null;
  /** Largest norm of all gradients together (`torch.nn.utils.clip_grad_norm_`); null: not clipped. */
  readonly clipGradNorm: number | null;
  /** Batches whose gradients are averaged into one optimizer step. */
  readonly accumulateBatches: number;
  readonly artifacts: ArtifactsConfig;
}

/** A trial that does no work but takes `seconds`: to measure Sower itself or rehearse a cluster. */
export interface NoopConfig {
  readonly kind: 'noop';
  readonly seconds: number;
}

export type TrainerConfig = TrainConfig | NoopConfig;
