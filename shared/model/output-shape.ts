/**
 * The shape that each kind of layer makes of the shape it is given, both of one example, without the batch. One set of
 * rules for the engine, which builds by it, and for `sower validate`, which refuses by it.
 */
import type { LayerConfig } from '../sweep/train.ts';
import { ModelError } from './model-error.ts';

export type ExampleShape = readonly number[];

/** Above this a single weight matrix would not fit into a graph's 2 GB of protobuf. */
const MOST_WEIGHTS = 2 ** 28;

export const elementsOf = (shape: ExampleShape): number => shape.reduce((count, dim) => count * dim, 1);

const text = (shape: ExampleShape): string => `[${shape.join(', ')}]`;

/** Throws ModelError E_MODEL_*, naming both shapes, where the layer cannot stand there. */
export function outputShape(config: LayerConfig, inputShape: ExampleShape, name: string): ExampleShape {
  const wrong = (code: string, message: string, fix: string): ModelError =>
    new ModelError(code, name, `layer ${name} (${config.type}) ${message}`, fix);
  switch (config.type) {
    case 'dense': {
      if (!Number.isInteger(config.units) || config.units < 1) {
        throw wrong('E_MODEL_UNITS', `has ${config.units} units`, 'give units as a whole number of at least 1');
      }
      const fanIn = elementsOf(inputShape);
      if (fanIn * config.units > MOST_WEIGHTS) {
        const message = `maps ${text(inputShape)} to [${config.units}]: ${fanIn * config.units} weights`;
        throw wrong('E_MODEL_SIZE', message, `use at most ${MOST_WEIGHTS} weights in a layer`);
      }
      return [config.units];
    }
    case 'dropout': {
      if (!(config.rate >= 0 && config.rate < 1)) {
        const fix = 'give the share of activations to drop, from 0 up to but not including 1';
        throw wrong('E_MODEL_RATE', `has the rate ${config.rate}`, fix);
      }
      return inputShape;
    }
    case 'flatten':
      return [elementsOf(inputShape)];
    default:
      return inputShape;
  }
}
