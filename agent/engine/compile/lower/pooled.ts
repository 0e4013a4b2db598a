/**
 * Convolution with few outputs in front of a pool: what all elements of one of the pool's windows see is copied once, and
 * one product with the kernel at each of its places gives the elements of all windows.
 */
import { fixedDim, type Value } from '../../ir/types.ts';
import { type Conv, columnsOf } from './im2col.ts';
import { fixedImage, type Images, type Part, type Parts } from './images.ts';
import { tapsOf } from './pool.ts';
import { allPositions, isTiling, kernelCount, outputCount, type Windows, windowsKey } from './windows.ts';

/**
 * With more outputs, the zeros that stand around the kernel at each place cost more than the copies: 1.4 times the product
 * for 5x5, 1.8 times for 3x3.
 */
const MOST_OUTPUTS = 12;

/** Whether it is the faster way to compute `conv` with `outputs` in front of `pool`. */
export function pooledTogether({ windows, group }: Conv, pool: Windows, outputs: number): boolean {
  const { stride, dilation } = windows.attrs;
  return (
    group === 1 && [...stride, ...dilation].every((step) => step === 1) && isTiling(pool) && outputs <= MOST_OUTPUTS
  );
}

/** What each of the pool's windows sees of the convolution's input, as a convolution of its own. */
function patchesOf(conv: Conv, pool: Windows): Conv {
  const { attrs, size } = conv.windows;
  const kernel = attrs.kernel.map((length, axis) => length + pool.attrs.kernel[axis]! - 1) as [number, number];
  return { ...conv, windows: { size, output: pool.output, attrs: { ...attrs, kernel, stride: pool.attrs.stride } } };
}

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

/** The output by the elements of the pool's windows. */
export function pooledConvolved(images: Images, conv: Conv, [x, w]: readonly Value[], pool: Windows): Parts {
  const { b } = images;
  const { channels, batch } = fixedImage(x!);
  const [outputs, inner] = w!.shape.map(fixedDim) as [number, number];
  const [taps, patch] = [inner / channels, kernelCount(patchesOf(conv, pool).windows)];
  const places = placesOf(conv, pool);
  const index = new Int32Array(places.length * outputs * channels * patch).fill(outputs * inner);
  places.forEach((elements, place) => {
    for (let row = 0; row < outputs * channels; row++) {
      elements.forEach((element, tap) => {
        index[(place * outputs * channels + row) * patch + element] = row * taps + tap;
      });
    }
  });
  const known = b.op('Concat', [b.reshape(w!, [outputs * inner]), b.filled(w!.dtype, [1], 0)], { axis: 0 });
  const placed = b.op('Gather', [known, b.scope.index(index)], { axis: 0 });
  const weight = b.reshape(placed, [places.length * outputs, channels * patch]);
  const options = { transA: false, transB: false, alpha: 1, beta: 1 };
  const product = b.op('Gemm', [weight, patchColumns(images, x!, conv, pool)], options);
  const sizes = places.map(() => outputs);
  const values = b.outputsOf('Split', [product], { axis: 0, sizes });
  return tapsOf(b, pool).map((positions, place) => ({
    ...positions,
    value: b.reshape(values[place]!, [outputs, positions.at.length, batch]),
  }));
}

/** dW from the gradients of the elements of the pool's windows: one product, whose places are then added up. */
export function pooledWeightGradient(
  images: Images,
  conv: Conv,
  x: Value,
  parts: readonly Part[],
  pool: Windows,
): Value {
  const { b } = images;
  const { channels } = fixedImage(x);
  const [outputs, positions, batch] = parts[0]!.value.shape.map(fixedDim) as [number, number, number];
  const gradients = parts.map(({ value }) => b.reshape(value, [outputs, positions * batch]));
  const options = { transA: false, transB: true, alpha: 1, beta: 1 };
  const all = b.op('Concat', gradients, { axis: 0 });
  const product = b.op('Gemm', [all, patchColumns(images, x, conv, pool)], options);
  const patch = kernelCount(patchesOf(conv, pool).windows);
  const index = placesOf(conv, pool).flatMap((elements, place) =>
    Array.from({ length: outputs * channels }, (_, row) =>
      elements.map((element) => (place * outputs * channels + row) * patch + element),
    ).flat(),
  );
  const flat = b.reshape(product, [parts.length * outputs * channels * patch]);
  const taken = b.op('Gather', [flat, b.scope.index(Int32Array.from(index))], { axis: 0 });
  const inner = channels * kernelCount(conv.windows);
  const summed = b.op('ReduceSum', [b.reshape(taken, [parts.length, outputs * inner])], { axes: [0], keepDims: false });
  return b.reshape(summed, [outputs, inner]);
}
