/** What a layer computes with. */
import type { Tensor, Tf } from './load.ts';

/** Parameters by PyTorch's word, without the layer's place. */
export interface LayerTensors {
  readonly tf: Tf;
  readonly parameter: (word: string) => Tensor;
  readonly training: boolean;
  /** The value that a running statistic has after this batch. */
  readonly update: (word: string, value: Tensor) => void;
}

/** What the model computes with: the tensors of all layers, and training's extras. */
export interface ModelTensors {
  readonly tf: Tf;
  readonly parameter: (name: string) => Tensor;
  /** Null where the model is evaluated. */
  readonly training: ModelTraining | null;
}

export interface ModelTraining {
  readonly update: (name: string, value: Tensor) => void;
  /** The run's key of a layer's random numbers. */
  readonly keyOf: (layer: string) => number;
  /** Batches done before this one. */
  readonly step: number;
  /** This trial's, which may differ from the compiled structure's. */
  readonly dropoutRate: (layer: string) => number;
}
