/**
 * Winograd's minimal filtering F(4x4, 3x3) for a stride of 1: sixteen outputs from thirty-six products instead of 144.
 * Source: Lavin and Gray, Fast Algorithms for Convolutional Neural Networks, 2015, section 4.3, in the letters of
 * winograd.ts. A transform along both axes is one product with the Kronecker square of its matrix, over a tensor whose
 * leading axis is the element of the tile; the products of all elements are one batched product.
 */
import { fixedDim, type TensorData, tensorData, type Value } from '../../ir/types.ts';
import type { Conv } from './im2col.ts';
import { fixedImage, type Images, type Parts, type Positions } from './images.ts';
import type { NodeBuilder } from './node-builder.ts';
import type { Tiles } from './winograd.ts';

/** Outputs of one tile along one axis, and inputs that it sees. */
const TILE = 4;
const SEEN = 6;
const TAPS = 3;

type Matrix = readonly (readonly number[])[];

/** B^T */
const OF_INPUT: Matrix = [
  [4, 0, -5, 0, 1, 0],
  [0, -4, -4, 1, 1, 0],
  [0, 4, -4, -1, 1, 0],
  [0, -2, -1, 2, 1, 0],
  [0, 2, -1, -2, 1, 0],
  [0, 4, 0, -5, 0, 1],
];

/** G */
const OF_KERNEL: Matrix = [
  [1 / 4, 0, 0],
  [-1 / 6, -1 / 6, -1 / 6],
  [-1 / 6, 1 / 6, -1 / 6],
  [1 / 24, 1 / 12, 1 / 6],
  [1 / 24, -1 / 12, 1 / 6],
  [0, 0, 1],
];

/** A^T */
const TO_OUTPUT: Matrix = [
  [1, 1, 1, 1, 1, 0],
  [0, 1, -1, 2, -2, 0],
  [0, 1, 1, 4, 4, 0],
  [0, 1, -1, 8, -8, 1],
];

const turned = (matrix: Matrix): Matrix => matrix[0]!.map((_, column) => matrix.map((row) => row[column]!));

/** Along both axes of a tile whose elements lie row by row. */
const alongBoth = (matrix: Matrix): Matrix =>
  matrix.flatMap((upper) => matrix.map((lower) => upper.flatMap((first) => lower.map((second) => first * second))));

const INPUT = alongBoth(OF_INPUT);
const KERNEL = alongBoth(OF_KERNEL);
const OUTPUT = alongBoth(TO_OUTPUT);
/** The last row makes the zeros for inputs that no tile sees twice. */
const INPUT_BACK: Matrix = [...turned(INPUT), new Array<number>(SEEN * SEEN).fill(0)];

const PRODUCT = { transA: false, transB: false, alpha: 1, beta: 1 };

function constantOf(b: NodeBuilder, name: string, matrix: Matrix, { dtype }: Value): Value {
  const type = { dtype, shape: [matrix.length, matrix[0]!.length] };
  return b.scope.constant(`winograd4 ${name}`, type, (): TensorData => tensorData(dtype, matrix.flat()));
}

function tilesOf({ windows: { size, output, attrs } }: Conv): Tiles {
  const pads = [attrs.pads[0], attrs.pads[1]] as const;
  const key = `winograd4 ${size.join('x')} to ${output.join('x')} from ${pads.join()}`;
  return { size, output, pads, rows: Math.ceil(output[0] / TILE), columns: Math.ceil(output[1] / TILE), key };
}

/** Positions of every element of every tile, element by element; -1 outside the image. */
function elementPositions(
  b: NodeBuilder,
  { key, rows, columns, ...tiles }: Tiles,
  of: 'inputs' | 'outputs',
): Positions {
  const label = `${of} of ${key}`;
  const [each, pads, [height, width]] =
    of === 'inputs' ? ([SEEN, tiles.pads, tiles.size] as const) : ([TILE, [0, 0], tiles.output] as const);
  const at = b.scope.positions(label, () =>
    Int32Array.from({ length: each * each * rows * columns }, (_, i) => {
      const [element, tile] = [Math.floor(i / (rows * columns)), i % (rows * columns)];
      const row = Math.floor(tile / columns) * TILE + Math.floor(element / each) - pads[0];
      const column = (tile % columns) * TILE + (element % each) - pads[1];
      return row >= 0 && row < height && column >= 0 && column < width ? row * width + column : -1;
    }),
  );
  return { label, at };
}

/** `[elements of the result, channels, tiles * batch]` of an image: its tiles' elements, transformed. */
function transformed(images: Images, image: Value, tiles: Tiles, of: 'inputs' | 'outputs'): Value {
  const { b } = images;
  return images.once(`${image.name} ${of} ${tiles.key}`, () => {
    const { channels, batch } = fixedImage(image);
    const count = tiles.rows * tiles.columns * batch;
    const matrix = of === 'inputs' ? INPUT : turned(OUTPUT);
    const elements = matrix[0]!.length;
    const taken = images.takeGrouped(image, elementPositions(b, tiles, of), elements);
    const flat = b.reshape(taken, [elements, channels * count]);
    const result = b.op('Gemm', [constantOf(b, of, matrix, image), flat], PRODUCT);
    return b.reshape(result, [matrix.length, channels, count]);
  });
}

/** U = G g G^T of `[rows, columns, taps]`: `[36, rows, columns]`. */
function kernels(b: NodeBuilder, w: Value): Value {
  const [rows, columns, taps] = w.shape.map(fixedDim) as [number, number, number];
  const matrix = constantOf(b, 'kernel', KERNEL, w);
  const all = b.op('Gemm', [matrix, b.reshape(w, [rows * columns, taps])], { ...PRODUCT, transB: true });
  return b.reshape(all, [SEEN * SEEN, rows, columns]);
}

/** `[outputs, channels, taps]` */
function byTap(b: NodeBuilder, w: Value): Value {
  const [outputs, inner] = w.shape.map(fixedDim) as [number, number];
  return b.reshape(w, [outputs, inner / (TAPS * TAPS), TAPS * TAPS]);
}

/** A transform of `[36, channels, tiles * batch]` back to `[elements, channels, tiles, batch]`. */
function transformedBack(b: NodeBuilder, value: Value, matrix: Value, batch: number): Value {
  const [elements, channels, count] = value.shape.map(fixedDim) as [number, number, number];
  const made = fixedDim(matrix.shape[0]);
  const flat = b.op('Gemm', [matrix, b.reshape(value, [elements, channels * count])], PRODUCT);
  return b.reshape(flat, [made, channels, count / batch, batch]);
}

/** The output's elements at each of `wanted`. */
export function winograd4Convolved(
  images: Images,
  conv: Conv,
  [x, w, bias]: readonly Value[],
  wanted: readonly Positions[],
): Parts {
  const { b } = images;
  const { batch } = fixedImage(x!);
  const tiles = tilesOf(conv);
  const products = b.op('MatMul', [kernels(b, byTap(b, w!)), transformed(images, x!, tiles, 'inputs')]);
  const elements = transformedBack(b, products, constantOf(b, 'output', OUTPUT, x!), batch);
  const { at: positions } = elementPositions(b, tiles, 'outputs');
  const outputs = fixedDim(elements.shape[1]);
  return wanted.map(({ label, at }) => {
    const entries = b.scope.positions(`${label} in ${tiles.key}`, () => {
      const entryOf = new Map(Array.from(positions, (position, entry) => [position, entry]));
      return at.map((position) => entryOf.get(position)!);
    });
    const value = images.gatherGrouped(elements, entries);
    if (bias === undefined) return { label, at, value };
    const biased = b.op('Add', [b.reshape(value, [outputs, at.length * batch]), bias]);
    return { label, at, value: b.reshape(biased, [outputs, at.length, batch]) };
  });
}

/** The forward pass backwards: B (U^T (A dY A^T)) B^T, whose tiles overlap. `[channels, inputs, batch]` */
export function winograd4InputGradient(images: Images, conv: Conv, dy: Value, w: Value): Value {
  const { b } = images;
  const tiles = tilesOf(conv);
  // Turned before its transform, which makes four times as much of it, and for less than products with turned factors take.
  const weight = kernels(b, b.op('Transpose', [byTap(b, w)], { perm: [1, 0, 2] }));
  const products = b.op('MatMul', [weight, transformed(images, dy, tiles, 'outputs')]);
  const matrix = constantOf(b, 'input back', INPUT_BACK, dy);
  const elements = transformedBack(b, products, matrix, fixedImage(dy).batch);
  const entriesOf = Array.from({ length: tiles.size[0] * tiles.size[1] }, (): number[] => []);
  const { at } = elementPositions(b, tiles, 'inputs');
  at.forEach((position, entry) => {
    if (position >= 0) entriesOf[position]!.push(entry);
  });
  return images.sums(elements, entriesOf, at.length, (from, entries) => images.gatherGrouped(from, entries));
}

/** dW = G^T ((A dY A^T) V^T) G, over what the forward pass made of the input. */
export function winograd4WeightGradient(images: Images, conv: Conv, x: Value, dy: Value): Value {
  const { b } = images;
  const tiles = tilesOf(conv);
  const [outputs, channels] = [fixedImage(dy).channels, fixedImage(x).channels];
  const inputs = b.op('Transpose', [transformed(images, x, tiles, 'inputs')], { perm: [0, 2, 1] });
  const products = b.op('MatMul', [transformed(images, dy, tiles, 'outputs'), inputs]);
  const all = b.reshape(products, [SEEN * SEEN, outputs * channels]);
  const taps = b.op('Gemm', [constantOf(b, 'kernel back', turned(KERNEL), x), all], PRODUCT);
  // With three axes, or the runtime would make one product with nine columns of both, which takes twice as long.
  const apart = b.reshape(taps, [TAPS * TAPS, outputs, channels]);
  const summed = b.op('Transpose', [apart], { perm: [1, 2, 0] });
  return b.reshape(summed, [outputs, channels * TAPS * TAPS]);
}
