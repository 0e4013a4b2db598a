/** Convolution and pooling written out in nested loops, float64, rows: `[batch, channels, height, width]`. */
import type { Tensor } from './tensor.ts';

export interface Window {
  readonly kernel: readonly [number, number];
  readonly stride: readonly [number, number];
  readonly pads: readonly [number, number, number, number];
  readonly dilation: readonly [number, number];
}

export interface ConvWindow extends Window {
  readonly group: number;
}

type Shape4 = readonly [number, number, number, number];

const at = ([, c, h, w]: Shape4, n: number, channel: number, y: number, x: number): number =>
  ((n * c + channel) * h + y) * w + x;

export function outputSize(window: Window, size: readonly [number, number]): readonly [number, number] {
  return [0, 1].map((axis) => {
    const extent = window.dilation[axis]! * (window.kernel[axis]! - 1) + 1;
    return Math.floor((size[axis]! + window.pads[axis]! + window.pads[axis + 2]! - extent) / window.stride[axis]!) + 1;
  }) as [number, number];
}

/** Calls `visit` for every pair of an output and an input that its window covers, padding left out. */
function slide(
  window: Window,
  [batch, , height, width]: Shape4,
  visit: (n: number, output: readonly [number, number], input: readonly [number, number], tap: number) => void,
): void {
  const [oh, ow] = outputSize(window, [height, width]);
  const { kernel, stride, pads, dilation } = window;
  for (let n = 0; n < batch; n++)
    for (let oy = 0; oy < oh; oy++)
      for (let ox = 0; ox < ow; ox++)
        for (let ky = 0; ky < kernel[0]; ky++)
          for (let kx = 0; kx < kernel[1]; kx++) {
            const y = oy * stride[0] - pads[0] + ky * dilation[0];
            const x = ox * stride[1] - pads[1] + kx * dilation[1];
            if (y < 0 || x < 0 || y >= height || x >= width) continue;
            visit(n, [oy, ox], [y, x], ky * kernel[1] + kx);
          }
}

const zeros = (shape: Shape4): { shape: Shape4; data: number[] } => ({
  shape,
  data: new Array<number>(shape.reduce((count, dim) => count * dim, 1)).fill(0),
});

/** y, and given dy also dx, dw `[outputs, channels / group * taps]` and db, which follow from the same products. */
export function convolution(
  window: ConvWindow,
  x: Tensor,
  w: Tensor,
  bias: readonly number[],
  dy: readonly number[],
): Readonly<Record<'y' | 'dx' | 'dw' | 'db', Tensor>> {
  const xShape = x.shape as unknown as Shape4;
  const [batch, channels, height, width] = xShape;
  const outputs = bias.length;
  const taps = window.kernel[0] * window.kernel[1];
  const [oh, ow] = outputSize(window, [height, width]);
  const yShape: Shape4 = [batch, outputs, oh, ow];
  const y = zeros(yShape);
  const dx = zeros(xShape);
  const dw = w.data.map(() => 0);
  const db = bias.map(() => 0);
  const own = channels / window.group;
  slide(window, xShape, (n, [oy, ox], [iy, ix], tap) => {
    for (let o = 0; o < outputs; o++) {
      const first = Math.floor(o / (outputs / window.group)) * own;
      for (let c = 0; c < own; c++) {
        const input = at(xShape, n, first + c, iy, ix);
        const output = at(yShape, n, o, oy, ox);
        const weight = (o * own + c) * taps + tap;
        y.data[output]! += x.data[input]! * w.data[weight]!;
        dx.data[input]! += dy[output]! * w.data[weight]!;
        dw[weight]! += dy[output]! * x.data[input]!;
      }
    }
  });
  y.data.forEach((value, i) => {
    const o = Math.floor(i / (oh * ow)) % outputs;
    y.data[i] = value + bias[o]!;
    db[o]! += dy[i]!;
  });
  return { y, dx, dw: { shape: [outputs, own * taps], data: dw }, db: { shape: [outputs], data: db } };
}

/** y and dx; the first of equal maxima, row by row, gets all of its window's gradient. */
export function maxPooling(window: Window, x: Tensor, dy: readonly number[]): Readonly<Record<'y' | 'dx', Tensor>> {
  const xShape = x.shape as unknown as Shape4;
  const yShape: Shape4 = [xShape[0], xShape[1], ...outputSize(window, [xShape[2], xShape[3]])];
  const best = new Map<number, number>();
  slide(window, xShape, (n, [oy, ox], [iy, ix]) => {
    for (let c = 0; c < xShape[1]; c++) {
      const output = at(yShape, n, c, oy, ox);
      const input = at(xShape, n, c, iy, ix);
      const known = best.get(output);
      if (known === undefined || x.data[input]! > x.data[known]!) best.set(output, input);
    }
  });
  const y = zeros(yShape);
  const dx = zeros(xShape);
  for (const [output, input] of best) {
    y.data[output] = x.data[input]!;
    dx.data[input]! += dy[output]!;
  }
  return { y, dx };
}

/** y and dx. */
export function avgPooling(
  window: Window,
  countIncludePad: boolean,
  x: Tensor,
  dy: readonly number[],
): Readonly<Record<'y' | 'dx', Tensor>> {
  const xShape = x.shape as unknown as Shape4;
  const yShape: Shape4 = [xShape[0], xShape[1], ...outputSize(window, [xShape[2], xShape[3]])];
  const counts = new Array<number>(yShape.reduce((count, dim) => count * dim, 1)).fill(0);
  const visitAll = (visit: (output: number, input: number) => void): void =>
    slide(window, xShape, (n, [oy, ox], [iy, ix]) => {
      for (let c = 0; c < xShape[1]; c++) visit(at(yShape, n, c, oy, ox), at(xShape, n, c, iy, ix));
    });
  visitAll((output) => counts[output]!++);
  const divisor = (output: number): number => (countIncludePad ? window.kernel[0] * window.kernel[1] : counts[output]!);
  const y = zeros(yShape);
  const dx = zeros(xShape);
  visitAll((output, input) => {
    y.data[output]! += x.data[input]! / divisor(output);
    dx.data[input]! += dy[output]! / divisor(output);
  });
  return { y, dx };
}
