/**
 * Convolution by rows of its kernel: columns are made of one row of the kernel's width alone, all rows of the kernel are
 * multiplied with them at once, `[outputs * kernel rows, channels * kernel columns]`, and their products are added up,
 * each shifted by its row. Fewer copies than im2col and a product of a better shape where there are few outputs.
 */
import { fixedDim, type Value } from '../../ir/types.ts';
import type { Conv } from './im2col.ts';
import { fixedImage, type Images } from './images.ts';
import { windowsKey } from './windows.ts';

/** Rows of the padded image that some window sees. */
function seenRows({ windows: { attrs, output } }: Conv): number {
  return (output[0] - 1) * attrs.stride[0] + (attrs.kernel[0] - 1) * attrs.dilation[0] + 1;
}

/** `[channels * kernel columns, seen rows * output columns * batch]` */
function rowColumns(images: Images, x: Value, conv: Conv): Value {
  const { windows } = conv;
  const { attrs, size, output } = windows;
  const { channels, batch } = fixedImage(x);
  const rows = seenRows(conv);
  const label = `rows ${windowsKey(windows)}`;
  const at = images.b.scope.positions(label, () =>
    Int32Array.from({ length: attrs.kernel[1] * rows * output[1] }, (_, i) => {
      const [tap, rest] = [Math.floor(i / (rows * output[1])), i % (rows * output[1])];
      const row = Math.floor(rest / output[1]) - attrs.pads[0];
      const column = (rest % output[1]) * attrs.stride[1] + tap * attrs.dilation[1] - attrs.pads[1];
      return row >= 0 && row < size[0] && column >= 0 && column < size[1] ? row * size[1] + column : -1;
    }),
  );
  const taken = images.take(x, { label, at });
  return images.b.reshape(taken, [channels * attrs.kernel[1], rows * output[1] * batch]);
}

/** Kernel rows in front of channels: `[outputs * kernel rows, channels * kernel columns]`; its own inverse on dW. */
function byRows(images: Images, value: Value, dims: readonly [number, number, number, number]): Value {
  const { b } = images;
  const turned = b.op('Transpose', [b.reshape(value, dims)], { perm: [0, 2, 1, 3] });
  return b.reshape(turned, [dims[0] * dims[2], dims[1] * dims[3]]);
}

/** `[outputs, positions, batch]` */
export function shiftedConvolved(images: Images, conv: Conv, [x, w, bias]: readonly Value[]): Value {
  const { b } = images;
  const { attrs, output } = conv.windows;
  const { kernel, stride, dilation } = attrs;
  const { channels, batch } = fixedImage(x!);
  const outputs = fixedDim(w!.shape[0]);
  const rows = seenRows(conv);
  const weight = byRows(images, w!, [outputs, channels, ...kernel]);
  const inputs = [weight, rowColumns(images, x!, conv)];
  if (bias !== undefined) {
    // Added once, with the first row of the kernel.
    const first = b.op('Pad', [bias], { before: [0, 0], after: [0, kernel[0] - 1] });
    inputs.push(b.reshape(first, [outputs * kernel[0], 1]));
  }
  const product = b.op('Gemm', inputs, { transA: false, transB: false, alpha: 1, beta: 1 });
  const width = output[1] * batch;
  const byRow = b.reshape(product, [outputs, kernel[0] * rows, width]);
  const terms = Array.from({ length: kernel[0] }, (_, row) => {
    const start = row * rows + row * dilation[0];
    const end = start + (output[0] - 1) * stride[0] + 1;
    return b.op('Slice', [byRow], { axes: [1], starts: [start], ends: [end], steps: [stride[0]] });
  });
  const sum = terms.reduce((total, term) => b.op('Add', [total, term]));
  return b.reshape(sum, [outputs, output[0] * output[1], batch]);
}

/** dW, from copies of the output's gradient that are shifted as the products were. */
export function shiftedWeightGradient(images: Images, conv: Conv, x: Value, dy: Value): Value {
  const { b } = images;
  const { attrs, output } = conv.windows;
  const { kernel, stride, dilation } = attrs;
  const { channels: outputs, batch } = fixedImage(dy);
  const rows = seenRows(conv);
  const label = `shifted ${windowsKey(conv.windows)}`;
  const at = b.scope.positions(label, () =>
    Int32Array.from({ length: kernel[0] * rows * output[1] }, (_, i) => {
      const [tap, rest] = [Math.floor(i / (rows * output[1])), i % (rows * output[1])];
      const offset = Math.floor(rest / output[1]) - tap * dilation[0];
      const row = offset / stride[0];
      return offset >= 0 && Number.isInteger(row) && row < output[0] ? row * output[1] + (rest % output[1]) : -1;
    }),
  );
  const shifted = b.reshape(images.take(dy, { label, at }), [outputs * kernel[0], rows * output[1] * batch]);
  const columns = rowColumns(images, x, conv);
  const options = { transA: false, transB: true, alpha: 1, beta: 1 };
  const product = b.op('Gemm', [shifted, columns], options);
  const { channels } = fixedImage(x);
  const turned = byRows(images, product, [outputs, kernel[0], channels, kernel[1]]);
  return b.reshape(turned, [outputs, channels * kernel[0] * kernel[1]]);
}
