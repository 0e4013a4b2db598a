/**
 * The shape that each kind of layer makes of the shape it is given, both of one example, without the batch. One set of
 * rules for the engine, which builds by it, and for `sower validate`, which refuses by it.
 */
import { assertNever } from '../kernel/assert.ts';
import type { LayerConfig } from '../sweep/train.ts';
import { type ExampleShape, elementsOf, MOST_ELEMENTS, type Refuse, refusalsOf, shapeText } from './example-shape.ts';
import { joinedShape } from './shapes/branches.ts';
import { denseShape, dropoutShape, embeddingShape } from './shapes/features.ts';
import { convShape, globalPoolShape, poolShape } from './shapes/windows.ts';

export { type ExampleShape, elementsOf } from './example-shape.ts';

/** Throws ModelError E_MODEL_*, naming both shapes, where the layer cannot stand there. */
export function outputShape(config: LayerConfig, inputShape: ExampleShape, name: string): ExampleShape {
  const refuse = refusalsOf(config.type, name);
  const output = shapeAfter(config, inputShape, name, refuse);
  if (elementsOf(output) <= MOST_ELEMENTS) return output;
  const message = `makes ${shapeText(output)} of ${shapeText(inputShape)}: ${elementsOf(output)} values an example`;
  throw refuse('E_MODEL_SIZE', message, `stay at or below ${MOST_ELEMENTS} values`);
}

/** The shape after a list of layers; that of an empty list is its input's. */
export function shapeAfterAll(layers: readonly LayerConfig[], inputShape: ExampleShape, prefix: string): ExampleShape {
  return layers.reduce((shape, config, index) => outputShape(config, shape, `${prefix}${index}`), inputShape);
}

function shapeAfter(config: LayerConfig, inputShape: ExampleShape, name: string, refuse: Refuse): ExampleShape {
  switch (config.type) {
    case 'dense':
      return denseShape(config, inputShape, refuse);
    case 'dropout':
      return dropoutShape(config.rate, inputShape, refuse);
    case 'flatten':
      return [elementsOf(inputShape)];
    case 'embedding':
      return embeddingShape(config, inputShape, name, refuse);
    case 'conv2d':
      return convShape(config, inputShape, refuse);
    case 'max_pool2d':
    case 'avg_pool2d':
      return poolShape(config, inputShape, refuse);
    case 'global_avg_pool':
    case 'global_max_pool':
      return globalPoolShape(inputShape, refuse);
    case 'add':
    case 'concat': {
      const outputs = config.branches.map((branch, at) => shapeAfterAll(branch, inputShape, `${name}.${at}.`));
      return joinedShape(config.type, outputs, refuse);
    }
    case 'batch_norm':
    case 'layer_norm':
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
      return inputShape;
    default:
      return assertNever(config);
  }
}
