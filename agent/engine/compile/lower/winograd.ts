/**
 * Winograd's minimal filtering F(2x2, 3x3) for a stride of 1: four outputs from sixteen products instead of thirty-six. Source:
 * Lavin and Gray, Fast Algorithms for Convolutional Neural Networks, 2015, section 4.1, whose letters are used here:
 * Y = A^T ((G g G^T) * (B^T d B)) A for a tile of 2x2 outputs that sees 4x4 inputs.
 *
 * The products of all tiles are sixteen matrix products, one for each element of the tile. The four outputs of a tile are
 * the four elements of a 2x2 pool's window, in which form a pool behind takes them.
 */

import type { WindowAttrs } from '../../ir/op.ts';
import { elementCount, fixedDim, type TensorData, tensorData, type Value } from '../../ir/types.ts';
import type { Conv } from './im2col.ts';
import { fixedImage, type Images, type Parts, type Positions } from './images.ts';
import type { NodeBuilder } from './node-builder.ts';
import { tapsOf } from './pool.ts';

/** Outputs of one tile along one axis, and inputs that it sees. */
const TILE = 2;
const SEEN = 4;
const TAPS = 3;

const G: readonly (readonly number[])[] = [
  [1, 0, 0],
  [0.5, 0.5, 0.5],
  [0.5, -0.5, 0.5],
  [0, 0, 1],
];

/** A grid of tiles over the outputs of one convolution. */
export interface Tiles {
  readonly size: readonly [number, number];
  readonly output: readonly [number, number];
  /** Above and left. */
  readonly pads: readonly [number, number];
  readonly rows: number;
  readonly columns: number;
  readonly key: string;
}

function tilesOver(
  size: readonly [number, number],
  output: readonly [number, number],
  pads: readonly [number, number],
): Tiles {
  const rows = Math.ceil(output[0] / TILE);
  const columns = Math.ceil(output[1] / TILE);
  return { size, output, pads, rows, columns, key: `${size.join('x')} to ${output.join('x')} from ${pads.join()}` };
}

const forwardTiles = ({ windows: { size, output, attrs } }: Conv): Tiles =>
  tilesOver(size, output, [attrs.pads[0], attrs.pads[1]]);

/**
 * `[16, 9]`, elements of the tile by taps: (G g G^T) as a matrix, its last row and column with the sign that they have in
 * A^T. Then whatever is made of the elements' products is a sum, which a product can be added to where it lies.
 */
function transformOf(b: NodeBuilder, { dtype }: Value): Value {
  const sign = (i: number): number => (i === SEEN - 1 ? -1 : 1);
  const values = Array.from({ length: SEEN * SEEN * TAPS * TAPS }, (_, at) => {
    const [element, tap] = [Math.floor(at / (TAPS * TAPS)), at % (TAPS * TAPS)];
    const [i, j] = [Math.floor(element / SEEN), element % SEEN];
    return sign(i) * sign(j) * G[i]![Math.floor(tap / TAPS)]! * G[j]![tap % TAPS]!;
  });
  const data = (): TensorData => tensorData(dtype, values);
  return b.scope.constant('winograd', { dtype, shape: [SEEN * SEEN, TAPS * TAPS] }, data);
}

/** U = G g G^T, `[16, outputs * channels]`. */
function kernelTransform(images: Images, w: Value): Value {
  return images.once(`${w.name} winograd`, () => {
    const taps = images.b.reshape(w, [elementCount(w.shape) / (TAPS * TAPS), TAPS * TAPS]);
    const options = { transA: false, transB: true, alpha: 1, beta: 1 };
    return images.b.op('Gemm', [transformOf(images.b, w), taps], options);
  });
}

/** Sixteen `[outputs, channels]`, or turned around all at once, for less than what sixteen products take to do it. */
function kernelElements(images: Images, w: Value, turned: boolean): readonly Value[] {
  return images.onceAll(`${w.name} winograd ${turned}`, () => {
    const { b } = images;
    const [outputs, inner] = w.shape.map(fixedDim) as [number, number];
    const channels = inner / (TAPS * TAPS);
    const all = b.reshape(kernelTransform(images, w), [SEEN * SEEN, outputs, channels]);
    const laid = turned ? b.op('Transpose', [all], { perm: [0, 2, 1] }) : all;
    const sizes = new Array<number>(SEEN * SEEN).fill(1);
    const matrix = turned ? [channels, outputs] : [outputs, channels];
    return b.outputsOf('Split', [laid], { axis: 0, sizes }).map((one) => b.reshape(one, matrix));
  });
}

/** V = B^T d B: sixteen `[channels, tiles * batch]`. */
function inputElements(images: Images, x: Value, tiles: Tiles): readonly Value[] {
  return images.onceAll(`${x.name} winograd ${tiles.key}`, () => {
    const { b } = images;
    const { channels, batch } = fixedImage(x);
    const phases = phasesOf(images, x);
    const rowsOf = ([even, odd]: readonly Value[]): readonly Value[] =>
      differences(b, seenByTiles(b, [even!, odd!], 1, tiles.pads[0], tiles.rows));
    const ofEvenColumns = rowsOf([phases[0]!, phases[2]!]);
    const ofOddColumns = rowsOf([phases[1]!, phases[3]!]);
    return ofEvenColumns
      .flatMap((even, i) => differences(b, seenByTiles(b, [even, ofOddColumns[i]!], 2, tiles.pads[1], tiles.columns)))
      .map((element) => b.reshape(element, [channels, tiles.rows * tiles.columns * batch]));
  });
}

/** The image's even and odd rows and columns, four `[channels, rows, columns, batch]`, filled up with zeros where odd. */
function phasesOf(images: Images, x: Value): readonly Value[] {
  const { channels, height, width, batch } = fixedImage(x);
  const rows = Math.ceil(height / TILE);
  const columns = Math.ceil(width / TILE);
  return phasesOfSize(images.b, [height, width]).map((positions) => {
    return images.b.reshape(images.take(x, positions), [channels, rows, columns, batch]);
  });
}

/**
 * Along one axis what each tile sees as its first to fourth: entries of the even and odd phases, shifted by whole tiles.
 */
function seenByTiles(
  b: NodeBuilder,
  phases: readonly [Value, Value],
  axis: number,
  pad: number,
  tiles: number,
): readonly Value[] {
  return Array.from({ length: SEEN }, (_, i) => {
    const parity = Math.abs(i - pad) % TILE;
    return shifted(b, phases[parity]!, axis, (i - pad - parity) / TILE, tiles);
  });
}

/**
 * Entries `from` to `from + count` along an axis, zeros where there are none. A Pad that cuts off is fast with three axes,
 * where what it moves is one run; else it is faster to cut first.
 */
function shifted(b: NodeBuilder, value: Value, axis: number, from: number, count: number): Value {
  const dims = value.shape.map(fixedDim);
  const size = dims[axis]!;
  const [before, after] = [-from, from + count - size];
  if (before === 0 && after === 0) return value;
  if (axis === 1) {
    const runs = b.reshape(value, [dims[0]!, size, elementCount(dims) / dims[0]! / size]);
    const moved = b.op('Pad', [runs], { before: [0, before, 0], after: [0, after, 0] });
    return b.reshape(moved, [dims[0]!, count, ...dims.slice(2)]);
  }
  const [start, end] = [Math.max(0, from), Math.min(size, from + count)];
  const slice = { axes: [axis], starts: [start], ends: [end], steps: [1] };
  const cut = start === 0 && end === size ? value : b.op('Slice', [value], slice);
  const around = (zeros: number): readonly number[] => dims.map((_, at) => (at === axis ? Math.max(0, zeros) : 0));
  return before <= 0 && after <= 0 ? cut : b.op('Pad', [cut], { before: around(before), after: around(after) });
}

/** B^T along one axis: d0 - d2, d1 + d2, d2 - d1, d1 - d3. */
function differences(b: NodeBuilder, [d0, d1, d2, d3]: readonly Value[]): readonly Value[] {
  return [b.op('Sub', [d0!, d2!]), b.op('Add', [d1!, d2!]), b.op('Sub', [d2!, d1!]), b.op('Sub', [d1!, d3!])];
}

/** A^T m A but for the signs that the kernels have: the four outputs of each tile, from sixteen `[channels, ...]`. */
function outputsOfTiles(b: NodeBuilder, m: readonly Value[]): readonly Value[] {
  const along = ([m0, m1, m2, m3]: readonly Value[]): readonly [Value, Value] => [
    b.op('Add', [m0!, b.op('Add', [m1!, m2!])]),
    b.op('Add', [b.op('Sub', [m1!, m2!]), m3!]),
  ];
  const columns = Array.from({ length: SEEN }, (_, j) => along([0, 1, 2, 3].map((i) => m[SEEN * i + j]!)));
  return [0, 1].flatMap((row) => along(columns.map((column) => column[row]!)));
}

/** Positions of an image's even and odd rows and columns, -1 beyond its edge. Without an edge they are a pool's windows. */
export function phasePositions(b: NodeBuilder, image: Value): readonly Positions[] {
  const { height, width } = fixedImage(image);
  return phasesOfSize(b, [height, width]);
}

function phasesOfSize(b: NodeBuilder, size: readonly [number, number]): readonly Positions[] {
  const output: readonly [number, number] = [Math.ceil(size[0] / TILE), Math.ceil(size[1] / TILE)];
  return tapsOf(b, { attrs: PHASES, size, output });
}

const PHASES: WindowAttrs = {
  layout: 'columns',
  kernel: [TILE, TILE],
  stride: [TILE, TILE],
  pads: [0, 0, 0, 0],
  dilation: [1, 1],
};

function fourParts(images: Images, size: readonly [number, number], values: readonly Value[], batch: number): Parts {
  return phasesOfSize(images.b, size).map(({ label, at }, i) => {
    const channels = fixedDim(values[i]!.shape[0]);
    const value = images.b.reshape(values[i]!, [channels, at.length, batch]);
    // What lies beyond the edge means nothing: nobody may take it for zeros.
    return { label: at.includes(-1) ? `${label}, edges unknown` : label, at, value };
  });
}

export function winogradConvolved(images: Images, conv: Conv, [x, w, bias]: readonly Value[]): Parts {
  const { b } = images;
  const tiles = forwardTiles(conv);
  const kernels = kernelElements(images, w!, false);
  const inputs = inputElements(images, x!, tiles);
  const options = { transA: false, transB: false, alpha: 1, beta: 1 };
  const products = kernels.map((kernel, at) => b.op('Gemm', [kernel, inputs[at]!], options));
  const outputs = outputsOfTiles(b, products);
  const biased = bias === undefined ? outputs : outputs.map((value) => b.op('Add', [value, bias]));
  return fourParts(images, tiles.output, biased, fixedImage(x!).batch);
}

/**
 * The forward pass backwards: dX = B (U^T (A dY A^T)) B^T, whose tiles overlap. It needs no padding of dY and shares its
 * elements with the weight's gradient.
 */
export function winogradInputGradient(images: Images, conv: Conv, dy: Value, w: Value): Parts {
  const { b } = images;
  const tiles = forwardTiles(conv);
  const { batch } = fixedImage(dy);
  const channels = fixedDim(w.shape[1]) / (TAPS * TAPS);
  const options = { transA: false, transB: false, alpha: 1, beta: 1 };
  const elements = outputElements(images, dy, tiles);
  const grid = [channels, tiles.rows, tiles.columns, batch];
  const products = kernelElements(images, w, true).map((kernel, at) =>
    b.reshape(b.op('Gemm', [kernel, elements[at]!], options), grid),
  );
  const columns = Array.from({ length: SEEN }, (_, j) => {
    const column = [0, 1, 2, 3].map((i) => products[SEEN * i + j]!);
    return overlapped(b, column, 1, tiles.pads[0], Math.ceil(tiles.size[0] / TILE));
  });
  const phases = [0, 1].flatMap((row) => {
    const parts = columns.map((column) => column[row]!);
    return overlapped(b, parts, 2, tiles.pads[1], Math.ceil(tiles.size[1] / TILE));
  });
  return fourParts(images, tiles.size, phases, batch);
}

/** B along one axis, added up where tiles overlap: the even and the odd entries of the image. */
function overlapped(
  b: NodeBuilder,
  [p0, p1, p2, p3]: readonly Value[],
  axis: number,
  pad: number,
  count: number,
): readonly [Value, Value] {
  const phase = (parity: number): Value => {
    const nth = (parity + pad) % TILE;
    const from = (parity + pad - nth) / TILE;
    const at = (value: Value, tile: number): Value => shifted(b, value, axis, tile, count);
    if (nth === 0) {
      return b.op('Add', [at(p0!, from), at(b.op('Sub', [b.op('Add', [p1!, p2!]), p0!]), from - 1)]);
    }
    // The fourth comes with the sign of the kernels, which it has here twice.
    return b.op('Sub', [at(b.op('Add', [b.op('Sub', [p1!, p2!]), p3!]), from), at(p3!, from - 1)]);
  };
  return [phase(0), phase(1)];
}

/** dW = G^T ((A dY A^T) V^T) G, over what the forward pass made of the input. */
export function winogradWeightGradient(images: Images, conv: Conv, x: Value, dy: Value): Value {
  const { b } = images;
  const tiles = forwardTiles(conv);
  const { channels: outputs } = fixedImage(dy);
  const { channels } = fixedImage(x);
  const inputs = inputElements(images, x, tiles);
  const options = { transA: false, transB: true, alpha: 1, beta: 1 };
  const products = outputElements(images, dy, tiles).map((element, at) => {
    const product = b.op('Gemm', [element, inputs[at]!], options);
    return b.reshape(product, [1, outputs * channels]);
  });
  const all = b.op('Concat', products, { axis: 0 });
  const summed = b.op('Gemm', [all, transformOf(b, x)], { ...options, transA: true, transB: false });
  return b.reshape(summed, [outputs, channels * TAPS * TAPS]);
}

/** A dY A^T but for the signs of every fourth element: sixteen `[outputs, tiles * batch]`. */
function outputElements(images: Images, dy: Value, tiles: Tiles): readonly Value[] {
  return images.onceAll(`${dy.name} winograd outputs`, () => {
    const { b } = images;
    const { channels, batch } = fixedImage(dy);
    const phases = phasesOf(images, dy).map((phase) =>
      b.reshape(phase, [channels, tiles.rows * tiles.columns * batch]),
    );
    const along = (one: Value, other: Value): readonly Value[] => [
      one,
      b.op('Add', [one, other]),
      b.op('Sub', [one, other]),
      other,
    ];
    const right = along(phases[1]!, phases[3]!);
    return along(phases[0]!, phases[2]!).flatMap((value, i) => along(value, right[i]!));
  });
}
