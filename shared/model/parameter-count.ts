import { assertNever } from '../kernel/assert.ts';
import { elementsOf } from './example-shape.ts';
import type { ShapedLayer } from './model-shapes.ts';

/** Trainable parameters of one layer; those of branches count with the layers inside them. */
export function parameterCount({ config, inputShape }: Pick<ShapedLayer, 'config' | 'inputShape'>): number {
  switch (config.type) {
    case 'dense':
      return (elementsOf(inputShape) + biasOf(config)) * config.units;
    case 'conv2d': {
      const { outChannels, kernelSize, groups } = config;
      // Two dimensions are an image of one channel.
      const channels = inputShape.length === 2 ? 1 : (inputShape[0] ?? 1);
      return ((channels / groups) * kernelSize[0] * kernelSize[1] + biasOf(config)) * outChannels;
    }
    case 'batch_norm':
      return config.affine ? 2 * (inputShape[0] ?? 1) : 0;
    case 'layer_norm':
      return config.affine ? 2 * elementsOf(inputShape) : 0;
    case 'embedding':
      return config.numEmbeddings * config.embeddingDim;
    case 'add':
    case 'concat':
    case 'max_pool2d':
    case 'avg_pool2d':
    case 'global_avg_pool':
    case 'global_max_pool':
    case 'dropout':
    case 'flatten':
    case 'relu':
    case 'leaky_relu':
    case 'elu':
    case 'gelu':
    case 'silu':
    case 'sigmoid':
    case 'tanh':
    case 'softplus':
    case 'softmax':
    case 'log_softmax':
      return 0;
    default:
      return assertNever(config);
  }
}

/** Trainable parameters of a model, from `modelShapes`. */
export function totalParameterCount(layers: readonly ShapedLayer[]): number {
  return layers.reduce((total, layer) => total + parameterCount(layer), 0);
}

function biasOf({ bias }: { readonly bias?: boolean }): 0 | 1 {
  return bias === false ? 0 : 1;
}
