/** What a kind of layer defines, and the activations that pass between layers. */
import type { LayerConfig } from '../../../shared/sweep/train.ts';
import type { GraphBuilder } from '../ir/op.ts';
import type { Value } from '../ir/types.ts';

/**
 * `columns`: `[...shape, batch]`, features first, the form in which matrix products need no transposes.
 * `rows`: `[batch, features]`, as gathered from the data set and as the loss wants its scores.
 */
export type Layout = 'rows' | 'columns';

export interface Features {
  readonly value: Value;
  readonly layout: Layout;
  /** Of one example, without the batch. */
  readonly shape: readonly number[];
}

export interface ParameterSpec {
  /** `0.weight`: index among the layers as written, then PyTorch's word. */
  readonly name: string;
  /** PyTorch's. */
  readonly shape: readonly number[];
  /** The same elements as the graph wants them. */
  readonly graphShape: readonly number[];
  readonly fanIn: number;
}

/** One layer of a model, its shapes settled. */
export interface PlacedLayer<C extends LayerConfig = LayerConfig> {
  readonly config: C;
  /** Among the layers as written. */
  readonly index: number;
  readonly inputShape: readonly number[];
  readonly outputShape: readonly number[];
  /** The layout it has to hand on. */
  readonly layout: Layout;
}

/** What a layer builds with: the graph, its parameters by name, and training's extras. */
export interface BuildContext {
  readonly b: GraphBuilder;
  readonly parameter: (name: string) => Value;
  /** Null where the graph is for inference. */
  readonly training: TrainingInputs | null;
}

export interface TrainingInputs {
  readonly hyper: (name: string) => Value;
  readonly key: (causes: readonly (string | number)[]) => Value;
  /** Steps done before this one, uint32. */
  readonly step: Value;
}

export interface LayerDef<C extends LayerConfig> {
  /** Throws SowerError E_MODEL_* for a configuration that is impossible here. */
  readonly outputShape: (config: C, inputShape: readonly number[], index: number) => readonly number[];
  /** The layout of the output, or null where it keeps that of its input. */
  readonly settles: Layout | null;
  readonly parameters: (layer: PlacedLayer<C>) => readonly ParameterSpec[];
  /** Values of the scalars that are inputs of the training graph. */
  readonly hyper: (config: C, index: number) => Readonly<Record<string, number>>;
  /** Causes of the random keys that are inputs of the training graph. */
  readonly keys: (config: C, index: number) => readonly (readonly (string | number)[])[];
  readonly build: (context: BuildContext, layer: PlacedLayer<C>, input: Features) => Features;
}
