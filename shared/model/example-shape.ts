/** Shapes of one example, without the batch, and the words in which a layer refuses one. */
import { ModelError } from './model-error.ts';

/** `[features]`, `[height, width]` or `[channels, height, width]`. */
export type ExampleShape = readonly number[];

/** The error of one layer: code, what it does or has, and the fix. */
export type Refuse = (code: string, message: string, fix: string) => ModelError;

/** Above this a single tensor would not fit into a graph's 2 GB of protobuf. */
export const MOST_ELEMENTS = 2 ** 28;

export const elementsOf = (shape: ExampleShape): number => shape.reduce((count, dim) => count * dim, 1);

export const shapeText = (shape: ExampleShape): string => `[${shape.join(', ')}]`;

export function refusalsOf(type: string, name: string): Refuse {
  return (code, message, fix) => new ModelError(code, name, `layer ${name} (${type}) ${message}`, fix);
}

/** Channels, height and width; two dimensions are an image of one channel. Throws where there is no image. */
export function imageShape(shape: ExampleShape, refuse: Refuse): readonly [number, number, number] {
  const [first = 0, second = 0, third = 0] = shape;
  if (shape.length === 3) return [first, second, third];
  if (shape.length === 2) return [1, first, second];
  throw refuse(
    'E_MODEL_SHAPE',
    `needs an image [channels, height, width], but is given ${shapeText(shape)}`,
    'put it before layers that flatten, such as dense, flatten and the global pools',
  );
}

/** Throws where a size is no whole number of at least `least`. */
export function checkWhole(
  sizes: Readonly<Record<string, number | readonly number[]>>,
  least: number,
  refuse: Refuse,
): void {
  for (const [name, size] of Object.entries(sizes)) {
    const wrong = [size].flat().find((entry) => !Number.isInteger(entry) || entry < least);
    if (wrong === undefined) continue;
    throw refuse('E_MODEL_UNITS', `has ${wrong} ${name}`, `give ${name} as a whole number of at least ${least}`);
  }
}

/** Throws where a weight has more elements than one tensor can hold. */
export function checkWeights(weights: number, from: ExampleShape, to: ExampleShape, refuse: Refuse): void {
  if (weights <= MOST_ELEMENTS) return;
  const message = `maps ${shapeText(from)} to ${shapeText(to)}: ${weights} weights`;
  throw refuse('E_MODEL_SIZE', message, `use at most ${MOST_ELEMENTS} weights in a layer`);
}
