/** Gradients of pools in rows, from ops that every provider has: MaxPool's indices are slow on one and missing on others. */
import type { NodeOf, WindowAttrs } from '../../ir/op.ts';
import { fixedDim, tensorData, type Value } from '../../ir/types.ts';
import { imageOf } from '../../ops/window.ts';
import type { NodeBuilder } from './node-builder.ts';

/** Each element of the window takes what those before it left, all of it where it is the maximum. */
export function maxPoolGradientInRows(b: NodeBuilder, { inputs: [x, y, dy], attrs }: NodeOf<'MaxPool2dGrad'>): Value {
  const { height, width } = imageOf(x!, 'rows');
  const values = slicesOf(b, surrounded(b, x!, attrs), y!, attrs);
  let rest = dy!;
  const shares = values.map((value, tap) => {
    if (tap === values.length - 1) return rest;
    const share = b.op('Mul', [rest, b.op('Cast', [b.op('Equal', [value, y!])], { to: rest.dtype })]);
    rest = b.op('Sub', [rest, share]);
    return share;
  });
  return spread(b, shares, attrs, [height, width]);
}

export function avgPoolGradientInRows(b: NodeBuilder, { inputs: [dy], attrs }: NodeOf<'AvgPool2dGrad'>): Value {
  const { kernel, stride, pads, size, countIncludePad } = attrs;
  const { height, width } = imageOf(dy!, 'rows');
  const inside = (axis: 0 | 1, at: number): number => {
    const start = at * stride[axis] - pads[axis];
    return Math.min(start + kernel[axis], size[axis]) - Math.max(start, 0);
  };
  const shares = Array.from({ length: height * width }, (_, at) =>
    countIncludePad ? 1 / (kernel[0] * kernel[1]) : 1 / (inside(0, Math.floor(at / width)) * inside(1, at % width)),
  );
  const key = `shares ${[kernel, stride, pads, size].join(' ')} ${countIncludePad}`;
  const each = b.scope.constant(key, { dtype: dy!.dtype, shape: [1, 1, height, width] }, () =>
    tensorData(dy!.dtype, shares),
  );
  const share = b.op('Mul', [dy!, each]);
  return spread(b, new Array<Value>(kernel[0] * kernel[1]).fill(share), attrs, size);
}

/** With the window's padding around it, lower than any number. */
function surrounded(b: NodeBuilder, x: Value, { pads }: WindowAttrs): Value {
  const [above, left, below, right] = pads;
  const edge = (value: Value, axis: number, count: number): readonly Value[] => {
    if (count === 0) return [];
    const shape = value.shape.map((dim, at) => (at === axis ? count : fixedDim(dim)));
    return [b.filled(x.dtype, shape, Number.NEGATIVE_INFINITY)];
  };
  const along = (value: Value, axis: number, before: number, after: number): Value => {
    const all = [...edge(value, axis, before), value, ...edge(value, axis, after)];
    return all.length === 1 ? value : b.op('Concat', all, { axis });
  };
  return along(along(x, 2, above, below), 3, left, right);
}

/** What each element of the window sees, in the shape of the output. */
function slicesOf(b: NodeBuilder, x: Value, y: Value, { kernel, stride }: WindowAttrs): readonly Value[] {
  const { height, width } = imageOf(y, 'rows');
  return Array.from({ length: kernel[0] * kernel[1] }, (_, tap) => {
    const starts = [Math.floor(tap / kernel[1]), tap % kernel[1]] as const;
    const ends = [starts[0] + (height - 1) * stride[0] + 1, starts[1] + (width - 1) * stride[1] + 1];
    return b.op('Slice', [x], { axes: [2, 3], starts, ends, steps: stride });
  });
}

/**
 * Adds each share to the element that its window saw: a transposed convolution whose kernels hold a single 1, the channels
 * as so many more images.
 */
function spread(b: NodeBuilder, shares: readonly Value[], attrs: WindowAttrs, size: readonly [number, number]): Value {
  const [batch, channels, height, width] = shares[0]!.shape.map(fixedDim) as [number, number, number, number];
  const taps = shares.length;
  const side = shares.map((share) => b.reshape(share, [batch * channels, 1, height, width]));
  const joined = side.length === 1 ? side[0]! : b.op('Concat', side, { axis: 1 });
  const { dtype } = shares[0]!;
  const ones = Array.from({ length: taps * taps }, (_, i) => (i % taps === Math.floor(i / taps) ? 1 : 0));
  const shape = [taps, 1, ...attrs.kernel];
  const kernels = b.scope.constant('one tap each', { dtype, shape }, () => tensorData(dtype, ones));
  const images = b.op('Conv2dInputGrad', [joined, kernels], {
    layout: 'rows',
    kernel: attrs.kernel,
    stride: attrs.stride,
    pads: attrs.pads,
    dilation: attrs.dilation,
    group: 1,
    size,
  });
  return b.reshape(images, [batch, channels, ...size]);
}
