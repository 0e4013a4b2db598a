/** Which position of an image a window looks at: the index arithmetic behind im2col, pooling and their gradients. */
import type { WindowAttrs } from '../../ir/op.ts';

/** A window over images of one size. Positions count row by row; -1 is outside the image. */
export interface Windows {
  readonly attrs: WindowAttrs;
  /** Height and width of what the window slides over, and of what comes out. */
  readonly size: readonly [number, number];
  readonly output: readonly [number, number];
}

export const kernelCount = ({ attrs: { kernel } }: Windows): number => kernel[0] * kernel[1];
export const inputCount = ({ size }: Windows): number => size[0] * size[1];
export const outputCount = ({ output }: Windows): number => output[0] * output[1];

/** Equal for windows that read the same positions. */
export function windowsKey({ attrs: { kernel, stride, pads, dilation }, size, output }: Windows): string {
  return [size, output, kernel, stride, pads, dilation].map((pair) => pair.join('x')).join(' ');
}

/** The input position that output `at` sees through element `tap` of the kernel. */
export function seenBy({ attrs, size, output }: Windows, tap: number, at: number): number {
  const { kernel, stride, pads, dilation } = attrs;
  const row = Math.floor(at / output[1]) * stride[0] + Math.floor(tap / kernel[1]) * dilation[0] - pads[0];
  const column = (at % output[1]) * stride[1] + (tap % kernel[1]) * dilation[1] - pads[1];
  const inside = row >= 0 && row < size[0] && column >= 0 && column < size[1];
  return inside ? row * size[1] + column : -1;
}

/** The output position that sees input `at` through element `tap`. */
export function seeing({ attrs, size, output }: Windows, tap: number, at: number): number {
  const { kernel, stride, pads, dilation } = attrs;
  const row = Math.floor(at / size[1]) + pads[0] - Math.floor(tap / kernel[1]) * dilation[0];
  const column = (at % size[1]) + pads[1] - (tap % kernel[1]) * dilation[1];
  if (row < 0 || column < 0 || row % stride[0] !== 0 || column % stride[1] !== 0) return -1;
  const [y, x] = [row / stride[0], column / stride[1]];
  return y < output[0] && x < output[1] ? y * output[1] + x : -1;
}

/** No position is seen twice, nor anything outside the image. */
export function isTiling({ attrs: { kernel, stride, pads, dilation } }: WindowsLike): boolean {
  const apart = kernel.every((size, axis) => size <= stride[axis]!);
  return apart && pads.every((count) => count === 0) && dilation.every((step) => step === 1);
}

type WindowsLike = Pick<Windows, 'attrs'>;

/** For each output position, or those given, what tap `tap` sees. */
export function seenPositions(windows: Windows, tap: number, outputs?: Int32Array): Int32Array {
  const count = outputs?.length ?? outputCount(windows);
  return Int32Array.from({ length: count }, (_, i) => {
    const at = outputs === undefined ? i : outputs[i]!;
    return at < 0 ? -1 : seenBy(windows, tap, at);
  });
}

/** All positions of an image, in order. */
export const allPositions = (count: number): Int32Array => Int32Array.from({ length: count }, (_, i) => i);

export function isIdentity(positions: Int32Array, count: number): boolean {
  return positions.length === count && positions.every((position, i) => position === i);
}
