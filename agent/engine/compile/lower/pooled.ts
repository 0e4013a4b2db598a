/**
 * Convolution with few outputs in front of a pool: what all elements of one of the pool's windows see is copied once, and
 * one product with the kernel at each of its places gives the elements of all windows.
 */
import { type DType, fixedDim, tensorData, type Value } from '../../ir/types.ts';
import { type Conv, columnsOf } from './im2col.ts';
import { fixedImage, type Images, type Part, type Parts } from './images.ts';
import type { NodeBuilder } from './node-builder.ts';
import { tapsOf } from './pool.ts';
import { allPositions, isTiling, kernelCount, outputCount, type Windows, windowsKey } from './windows.ts';

/**
 * Products that cost as much as one element of columns, which is copied and then packed. Each output multiplies the zeros
 * around the kernel, in front of a 2x2 pool 1.4 times its work for 5x5 and 1.8 times for 3x3, so that it pays up to 24 and up
 * to 12 outputs.
 */
const PRODUCTS_PER_COPY = 17;

/** Elements of the matrices that place the kernels: a megabyte. */
const MOST_PLACING = 2 ** 18;

/** Whether it is the faster way to compute `conv` in front of `pool`, with so many outputs (`channels`) and rows (`batch`). */
export function pooledTogether(
  conv: Conv,
  pool: Windows,
  { channels: outputs, batch }: { readonly channels: number; readonly batch: number },
): boolean {
  const { stride, dilation } = conv.windows.attrs;
  const dense = conv.group === 1 && [...stride, ...dilation].every((step) => step === 1);
  if (!dense || !isTiling(pool)) return false;
  const [places, taps, patch] = [kernelCount(pool), kernelCount(conv.windows), patchCount(conv, pool)];
  // Placing takes `taps` products for each element of the kernels, what they are placed for one for each column.
  const placesFew = taps <= outputCount(pool) * batch && places * taps * patch <= MOST_PLACING;
  const pays = places * outputs * (patch - taps) <= PRODUCTS_PER_COPY * (places * taps - patch);
  return places > 1 && placesFew && pays;
}

/** What each of the pool's windows sees of the convolution's input, as a convolution of its own. */
function patchesOf(conv: Conv, pool: Windows): Conv {
  const { attrs, size } = conv.windows;
  const kernel = attrs.kernel.map((length, axis) => length + pool.attrs.kernel[axis]! - 1) as [number, number];
  return { ...conv, windows: { size, output: pool.output, attrs: { ...attrs, kernel, stride: pool.attrs.stride } } };
}

const patchCount = (conv: Conv, pool: Windows): number => kernelCount(patchesOf(conv, pool).windows);

/** `[channels * patch, windows * batch]` */
function patchColumns(images: Images, x: Value, conv: Conv, pool: Windows): Value {
  const { scope } = images.b;
  const count = outputCount(pool);
  const all = {
    label: `windows of ${windowsKey(pool)}`,
    at: scope.positions(`all ${count}`, () => allPositions(count)),
  };
  return columnsOf(images, x, patchesOf(conv, pool), all);
}

/** For each place of the kernel in the patch, and each of its taps, the element of the patch. */
function placesOf(conv: Conv, pool: Windows): readonly (readonly number[])[] {
  const [, width] = patchesOf(conv, pool).windows.attrs.kernel;
  const columns = conv.windows.attrs.kernel[1];
  return Array.from({ length: kernelCount(pool) }, (_, place) => {
    const [down, right] = [Math.floor(place / pool.attrs.kernel[1]), place % pool.attrs.kernel[1]];
    return Array.from({ length: kernelCount(conv.windows) }, (_, tap) => {
      return (Math.floor(tap / columns) + down) * width + (tap % columns) + right;
    });
  });
}

/**
 * Ones where a tap of the kernel, at one of its places, is an element of the patch: a product with them moves small kernels
 * at once, where Gather would take them number by number.
 */
function ones(
  { scope }: NodeBuilder,
  { dtype, shape }: { readonly dtype: DType; readonly shape: readonly number[] },
  [conv, pool]: readonly [Conv, Windows],
  at: (place: number, tap: number, element: number) => number,
): Value {
  const key = `${windowsKey(conv.windows)} at its places in windows of ${windowsKey(pool)}`;
  return scope.constant(key, { dtype, shape }, () => {
    const matrix = new Array<number>(shape.reduce((count, dim) => count * dim, 1)).fill(0);
    placesOf(conv, pool).forEach((elements, place) => {
      elements.forEach((element, tap) => {
        matrix[at(place, tap, element)] = 1;
      });
    });
    return tensorData(dtype, matrix);
  });
}

/** The kernel at each of its places: `[places * outputs, channels * patch]`. */
function placed(b: NodeBuilder, w: Value, channels: number, conv: Conv, pool: Windows): Value {
  const outputs = fixedDim(w.shape[0]);
  const [places, taps, patch] = [kernelCount(pool), kernelCount(conv.windows), patchCount(conv, pool)];
  const type = { dtype: w.dtype, shape: [places, taps, patch] };
  const matrices = ones(b, type, [conv, pool], (place, tap, element) => (place * taps + tap) * patch + element);
  const kernels = b.op('MatMul', [b.reshape(w, [1, outputs * channels, taps]), matrices]);
  return b.reshape(kernels, [places * outputs, channels * patch]);
}

/** Its transpose, for dW: `[channels * patch, places * outputs]` added up over the places, `[outputs, channels * taps]`. */
function collected(b: NodeBuilder, dw: Value, channels: number, conv: Conv, pool: Windows): Value {
  const [places, taps, patch] = [kernelCount(pool), kernelCount(conv.windows), patchCount(conv, pool)];
  const outputs = fixedDim(dw.shape[1]) / places;
  const type = { dtype: dw.dtype, shape: [taps, patch * places] };
  const matrix = ones(b, type, [conv, pool], (place, tap, element) => (tap * patch + element) * places + place);
  const sums = b.op('MatMul', [matrix, b.reshape(dw, [channels, patch * places, outputs])]);
  return b.op('Transpose', [b.reshape(sums, [channels * taps, outputs])], { perm: [1, 0] });
}

/** The output by the elements of the pool's windows. */
export function pooledConvolved(images: Images, conv: Conv, [x, w]: readonly Value[], pool: Windows): Parts {
  const { b } = images;
  const { channels, batch } = fixedImage(x!);
  const outputs = fixedDim(w!.shape[0]);
  const options = { transA: false, transB: false, alpha: 1, beta: 1 };
  const factors = [placed(b, w!, channels, conv, pool), patchColumns(images, x!, conv, pool)];
  const sizes = new Array<number>(kernelCount(pool)).fill(outputs);
  const values = b.outputsOf('Split', [b.op('Gemm', factors, options)], { axis: 0, sizes });
  return tapsOf(b, pool).map((positions, place) => ({
    ...positions,
    value: b.reshape(values[place]!, [outputs, positions.at.length, batch]),
  }));
}

/**
 * dW from the gradients of the elements of the pool's windows: one product, whose places are then added up. It is computed
 * on its side: the columns are then the factor that is read as it lies, and the fewer gradients are packed.
 */
export function pooledWeightGradient(
  images: Images,
  conv: Conv,
  x: Value,
  parts: readonly Part[],
  pool: Windows,
): Value {
  const { b } = images;
  const [outputs, positions, batch] = parts[0]!.value.shape.map(fixedDim) as [number, number, number];
  const gradients = parts.map(({ value }) => b.reshape(value, [outputs, positions * batch]));
  const factors = [patchColumns(images, x, conv, pool), b.op('Concat', gradients, { axis: 0 })];
  const product = b.op('Gemm', factors, { transA: false, transB: true, alpha: 1, beta: 1 });
  return collected(b, product, fixedImage(x).channels, conv, pool);
}
