/** What a kind of layer defines, and the activations that pass between layers. */
import type { LayerConfig } from '../../../shared/sweep/train.ts';
import type { GraphBuilder } from '../ir/op.ts';
import type { Value } from '../ir/types.ts';

/**
 * `columns`: `[...shape, batch]`, features first, the form in which matrix products and convolutions on a CPU need no
 * transposes.
 * `rows`: `[batch, ...shape]`, the form of the data set, of the scores that the loss takes, of exported models and of
 * GPU kernels. Where no layer has needed the shape yet it is flat, `[batch, features]`.
 */
export type Layout = 'rows' | 'columns';

export interface Features {
  readonly value: Value;
  readonly layout: Layout;
  /** Of one example, without the batch. */
  readonly shape: readonly number[];
}

/** How a tensor starts: U(-bound, bound), N(0, sd^2), or one value throughout. */
export type InitialValues =
  | { readonly kind: 'uniform'; readonly bound: number }
  | { readonly kind: 'normal'; readonly sd: number }
  | { readonly kind: 'constant'; readonly value: number };

export interface ParameterSpec {
  /** `0.weight`, `2.0.1.bias`: the layer's place, then PyTorch's word. */
  readonly name: string;
  /** PyTorch's. */
  readonly shape: readonly number[];
  /** The same elements as the graph wants them. */
  readonly graphShape: readonly number[];
  readonly initial: InitialValues;
  /** False for running statistics, which training updates but does not differentiate. */
  readonly trainable: boolean;
}

/** One layer of a model, its shapes settled. */
export interface PlacedLayer<C extends LayerConfig = LayerConfig> {
  readonly config: C;
  /** Its place among the layers as written: `3`, or `3.0.1` inside a branch. */
  readonly name: string;
  readonly inputShape: readonly number[];
  readonly outputShape: readonly number[];
  /** The layout it has to hand on. */
  readonly layout: Layout;
  /** The layers of each branch, where the configuration has branches. */
  readonly branches: readonly (readonly PlacedLayer[])[];
}

/** What a layer builds with: the graph, its parameters by name, and training's extras. */
export interface BuildContext {
  readonly b: GraphBuilder;
  readonly parameter: (name: string) => Value;
  /** Null where the graph is for inference. */
  readonly training: TrainingInputs | null;
  /** Builds layers one after another, for those that hold branches. */
  readonly sequence: (layers: readonly PlacedLayer[], input: Features) => Features;
}

export interface TrainingInputs {
  readonly hyper: (name: string) => Value;
  readonly key: (causes: readonly (string | number)[]) => Value;
  /** Whether there are kernels for shifts and exclusive or; without them random numbers come by arithmetic. */
  readonly bitOps: boolean;
  /** Batches done before this one, uint32. */
  readonly step: () => Value;
  /** The value that a parameter which is not trainable has after this batch. */
  readonly update: (name: string, value: Value) => void;
}

export interface LayerDef<C extends LayerConfig> {
  /** `columns` where the layer works features first whatever it is given; null where it keeps the layout. */
  readonly settles: 'columns' | null;
  readonly parameters: (layer: PlacedLayer<C>) => readonly ParameterSpec[];
  /** Values of the scalars that are inputs of the training graph; those of branches are asked for by themselves. */
  readonly hyper: (config: C, name: string) => Readonly<Record<string, number>>;
  /** Causes of the random keys that are inputs of the training graph. */
  readonly keys: (config: C, name: string) => readonly (readonly (string | number)[])[];
  /** Hands on `layer.layout`; takes either. */
  readonly build: (context: BuildContext, layer: PlacedLayer<C>, input: Features) => Features;
}

/** The parts of a layer that has nothing to learn, draw or vary. */
export const NOTHING_LEARNED = {
  parameters: () => [],
  hyper: () => ({}),
  keys: () => [],
} as const satisfies Partial<LayerDef<LayerConfig>>;
