/**
 * Winograd's minimal filtering F(2x2, 3x3) for a stride of 1: four outputs from sixteen products instead of thirty-six. Source:
 * Lavin and Gray, Fast Algorithms for Convolutional Neural Networks, 2015, section 4.1, whose letters are used here:
 * Y = A^T ((G g G^T) * (B^T d B)) A for a tile of 2x2 outputs that sees 4x4 inputs.
 *
 * The products of all tiles are sixteen matrix products, one for each element of the tile. The four outputs of a tile are
 * the four elements of a 2x2 pool's window, in which form a pool behind takes them.
 */
import { fixedDim, type TensorData, tensorData, type Value } from '../../ir/types.ts';
import type { Conv } from './im2col.ts';
import { fixedImage, type Images, type Parts, type Positions } from './images.ts';
import type { NodeBuilder } from './node-builder.ts';

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
interface Tiles {
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

/** The gradient of the input is a convolution of the output's, padded by what the kernel overlapped. */
const backwardTiles = ({ windows: { size, output, attrs } }: Conv): Tiles =>
  tilesOver(output, size, [TAPS - 1 - attrs.pads[0], TAPS - 1 - attrs.pads[1]]);

/** `[16, 9]`, elements of the tile by taps: (G g G^T) as a matrix. `signed` turns the sign where A^T has it turned. */
function transformOf(b: NodeBuilder, { dtype }: Value, signed: boolean): Value {
  const sign = (i: number): number => (signed && i === SEEN - 1 ? -1 : 1);
  const values = Array.from({ length: SEEN * SEEN * TAPS * TAPS }, (_, at) => {
    const [element, tap] = [Math.floor(at / (TAPS * TAPS)), at % (TAPS * TAPS)];
    const [i, j] = [Math.floor(element / SEEN), element % SEEN];
    return sign(i) * sign(j) * G[i]![Math.floor(tap / TAPS)]! * G[j]![tap % TAPS]!;
  });
  const data = (): TensorData => tensorData(dtype, values);
  return b.scope.constant(`winograd ${signed}`, { dtype, shape: [SEEN * SEEN, TAPS * TAPS] }, data);
}

/** U = G g G^T: sixteen `[outputs, channels]`. */
function kernelElements(images: Images, w: Value): readonly Value[] {
  return images.onceAll(`${w.name} winograd`, () => {
    const { b } = images;
    const [outputs, inner] = w.shape.map(fixedDim) as [number, number];
    const channels = inner / (TAPS * TAPS);
    const taps = b.reshape(w, [outputs * channels, TAPS * TAPS]);
    const options = { transA: false, transB: true, alpha: 1, beta: 1 };
    const all = b.op('Gemm', [transformOf(b, w, false), taps], options);
    const sizes = new Array<number>(SEEN * SEEN).fill(1);
    return b.outputsOf('Split', [all], { axis: 0, sizes }).map((one) => b.reshape(one, [outputs, channels]));
  });
}

/** V = B^T d B: sixteen `[channels, tiles * batch]`. */
function inputElements(images: Images, x: Value, tiles: Tiles): readonly Value[] {
  return images.onceAll(`${x.name} winograd ${tiles.key}`, () => {
    const { b } = images;
    const { channels, batch } = fixedImage(x);
    const grid = [channels, tiles.rows, tiles.columns + 1, batch];
    // Every row of the tile, of the even and of the odd columns it sees; neighbours share columns.
    const seen = Array.from({ length: SEEN }, (_, row) =>
      [0, 1].map((column) => b.reshape(images.take(x, seenBy(b, tiles, row, column)), grid)),
    );
    const rows = differences(b, seen as [Value, Value][]);
    return rows.flatMap(([even, odd]) => {
      const part = (value: Value, from: number): Value => {
        const slice = { axes: [2], starts: [from], ends: [from + tiles.columns], steps: [1] };
        return b.op('Slice', [value], slice);
      };
      const columns = [part(even, 0), part(odd, 0), part(even, 1), part(odd, 1)];
      return differences(
        b,
        columns.map((column) => [column]),
      ).map(([element]) => b.reshape(element!, [channels, tiles.rows * tiles.columns * batch]));
    });
  });
}

/** B^T along one axis: d0 - d2, d1 + d2, d2 - d1, d1 - d3. */
function differences<T extends readonly Value[]>(b: NodeBuilder, seen: readonly T[]): readonly T[] {
  const [d0, d1, d2, d3] = seen as [T, T, T, T];
  const each = (op: 'Add' | 'Sub', one: T, other: T): T =>
    one.map((value, i) => b.op(op, [value, other[i]!])) as unknown as T;
  return [each('Sub', d0, d2), each('Add', d1, d2), each('Sub', d2, d1), each('Sub', d1, d3)];
}

/** Row `row` of all tiles, every second column from `column` on, one more than there are tiles. */
function seenBy(b: NodeBuilder, { size, pads, rows, columns, key }: Tiles, row: number, column: number): Positions {
  const label = `winograd row ${row} column ${column} of ${key}`;
  const at = b.scope.positions(label, () =>
    Int32Array.from({ length: rows * (columns + 1) }, (_, i) => {
      const y = TILE * Math.floor(i / (columns + 1)) + row - pads[0];
      const x = TILE * (i % (columns + 1)) + column - pads[1];
      return y >= 0 && y < size[0] && x >= 0 && x < size[1] ? y * size[1] + x : -1;
    }),
  );
  return { label, at };
}

/** A^T m A: the four outputs of each tile, from sixteen `[channels, tiles * batch]`. */
function outputsOfTiles(b: NodeBuilder, m: readonly Value[]): readonly Value[] {
  const along = (all: readonly Value[]): readonly [Value, Value] => {
    const [m0, m1, m2, m3] = all as [Value, Value, Value, Value];
    const upper = b.op('Add', [m0, b.op('Add', [m1, m2])]);
    return [upper, b.op('Sub', [b.op('Sub', [m1, m2]), m3])];
  };
  const columns = Array.from({ length: SEEN }, (_, j) => along([0, 1, 2, 3].map((i) => m[SEEN * i + j]!)));
  return [0, 1].flatMap((row) => along(columns.map((column) => column[row]!)));
}

/** Which outputs of the image the four outputs of each tile are; -1 where a tile reaches beyond it. */
function outputPositions(b: NodeBuilder, { output, rows, columns, key }: Tiles): readonly Positions[] {
  return Array.from({ length: TILE * TILE }, (_, at) => {
    const label = `winograd output ${at} of ${key}`;
    const make = (): Int32Array =>
      Int32Array.from({ length: rows * columns }, (_, tile) => {
        const y = TILE * Math.floor(tile / columns) + Math.floor(at / TILE);
        const x = TILE * (tile % columns) + (at % TILE);
        return y < output[0] && x < output[1] ? y * output[1] + x : -1;
      });
    return { label, at: b.scope.positions(label, make) };
  });
}

/** The label under which others ask for the same positions. */
function asWanted(positions: Positions, wanted: readonly Positions[]): Positions {
  const equal = ({ at }: Positions): boolean =>
    at.length === positions.at.length && at.every((position, i) => position === positions.at[i]);
  return wanted.find(equal) ?? positions;
}

function fourParts(
  images: Images,
  tiles: Tiles,
  values: readonly Value[],
  batch: number,
  wanted: readonly Positions[],
): Parts {
  return outputPositions(images.b, tiles).map((positions, i) => {
    const channels = fixedDim(values[i]!.shape[0]);
    const value = images.b.reshape(values[i]!, [channels, tiles.rows * tiles.columns, batch]);
    return { ...asWanted(positions, wanted), value };
  });
}

export function winogradConvolved(
  images: Images,
  conv: Conv,
  [x, w, bias]: readonly Value[],
  wanted: readonly Positions[],
): Parts {
  const { b } = images;
  const tiles = forwardTiles(conv);
  const kernels = kernelElements(images, w!);
  const inputs = inputElements(images, x!, tiles);
  const options = { transA: false, transB: false, alpha: 1, beta: 1 };
  const products = kernels.map((kernel, at) => b.op('Gemm', [kernel, inputs[at]!], options));
  const outputs = outputsOfTiles(b, products);
  const biased = bias === undefined ? outputs : outputs.map((value) => b.op('Add', [value, bias]));
  return fourParts(images, tiles, biased, fixedImage(x!).batch, wanted);
}

/** The kernels turned by half a circle are the same elements with the outer ones exchanged. */
const TURNED = [3, 1, 2, 0] as const;

export function winogradInputGradient(images: Images, conv: Conv, dy: Value, w: Value): Parts {
  const { b } = images;
  const tiles = backwardTiles(conv);
  const kernels = kernelElements(images, w);
  const inputs = inputElements(images, dy, tiles);
  const options = { transA: true, transB: false, alpha: 1, beta: 1 };
  const products = inputs.map((input, at) => {
    const kernel = kernels[SEEN * TURNED[Math.floor(at / SEEN)]! + TURNED[at % SEEN]!]!;
    return b.op('Gemm', [kernel, input], options);
  });
  return fourParts(images, tiles, outputsOfTiles(b, products), fixedImage(dy).batch, []);
}

/** dW = G^T ((A dY A^T) V^T) G, over what the forward pass made of the input. */
export function winogradWeightGradient(
  images: Images,
  conv: Conv,
  x: Value,
  dy: Value,
  wanted: readonly Positions[],
): Value {
  const { b } = images;
  const tiles = forwardTiles(conv);
  const { channels: outputs, batch } = fixedImage(dy);
  const { channels } = fixedImage(x);
  const inputs = inputElements(images, x, tiles);
  const four = outputPositions(b, tiles).map((positions) => {
    const taken = images.take(dy, asWanted(positions, wanted));
    return b.reshape(taken, [outputs, tiles.rows * tiles.columns * batch]);
  });
  const options = { transA: false, transB: true, alpha: 1, beta: 1 };
  const products = elementsOfOutputs(b, four).map((element, at) => {
    const product = b.op('Gemm', [element, inputs[at]!], options);
    return b.reshape(product, [1, outputs * channels]);
  });
  const all = b.op('Concat', products, { axis: 0 });
  const summed = b.op('Gemm', [all, transformOf(b, x, true)], { ...options, transA: true, transB: false });
  return b.reshape(summed, [outputs, channels * TAPS * TAPS]);
}

/** A dY A^T but for the signs, which `transformOf` has. */
function elementsOfOutputs(b: NodeBuilder, [y00, y01, y10, y11]: readonly Value[]): readonly Value[] {
  const along = (one: Value, other: Value): readonly Value[] => [
    one,
    b.op('Add', [one, other]),
    b.op('Sub', [one, other]),
    other,
  ];
  const left = along(y00!, y10!);
  const right = along(y01!, y11!);
  return left.flatMap((value, i) => along(value, right[i]!));
}
