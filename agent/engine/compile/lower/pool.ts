/** Pooling in columns: whole tensors compared, one for each element of the window. */
import type { NodeOf } from '../../ir/op.ts';
import type { Value } from '../../ir/types.ts';
import { fixedImage, type Images, type Parts, type Positions } from './images.ts';
import type { NodeBuilder } from './node-builder.ts';
import {
  inputCount,
  isTiling,
  kernelCount,
  outputCount,
  seeing,
  seenPositions,
  type Windows,
  windowsKey,
} from './windows.ts';

/** For each element of the window the positions it sees, window after window. */
export function tapsOf({ scope }: NodeBuilder, windows: Windows): readonly Positions[] {
  const key = windowsKey(windows);
  return Array.from({ length: kernelCount(windows) }, (_, tap) => {
    const label = `tap ${tap} of ${key}`;
    return { label, at: scope.positions(label, () => seenPositions(windows, tap)) };
  });
}

const shaped = (images: Images, flat: Value, like: Value): Value => {
  const { channels, height, width, batch } = fixedImage(like);
  return images.b.reshape(flat, [channels, height, width, batch]);
};

const seen = (images: Images, x: Value, windows: Windows, padding: number): readonly Value[] =>
  tapsOf(images.b, windows).map((positions) => images.take(x, positions, padding));

/** Max hands NaN on, unlike ONNX's MaxPool: a model that has diverged is seen to have. */
export function maxPooled(images: Images, { inputs: [x], outputs: [y] }: NodeOf<'MaxPool2d'>, windows: Windows): Value {
  const values = seen(images, x!, windows, Number.NEGATIVE_INFINITY);
  return shaped(
    images,
    values.reduce((most, value) => images.b.op('Max', [most, value])),
    y!,
  );
}

/** Each element of the window takes what those before it left, all of it where it is the maximum. */
export function maxPoolGradient(
  images: Images,
  { inputs: [x, y, dy] }: NodeOf<'MaxPool2dGrad'>,
  windows: Windows,
): Parts | Value {
  const { b } = images;
  const values = seen(images, x!, windows, Number.NEGATIVE_INFINITY);
  const most = images.flat(y!);
  let rest = images.flat(dy!);
  const shares = values.map((value, tap) => {
    if (tap === values.length - 1) return rest;
    const share = b.op('Mul', [rest, b.op('Cast', [b.op('Equal', [value, most])], { to: rest.dtype })]);
    rest = b.op('Sub', [rest, share]);
    return share;
  });
  return spread(images, shares, windows);
}

export function avgPooled(
  images: Images,
  { inputs: [x], outputs: [y], attrs }: NodeOf<'AvgPool2d'>,
  windows: Windows,
): Value {
  const { b } = images;
  const sum = seen(images, x!, windows, 0).reduce((total, value) => b.op('Add', [total, value]));
  return shaped(images, b.op('Mul', [sum, shareOf(images, windows, attrs.countIncludePad, sum)]), y!);
}

export function avgPoolGradient(
  images: Images,
  { inputs: [dy], attrs }: NodeOf<'AvgPool2dGrad'>,
  windows: Windows,
): Parts | Value {
  const flat = images.flat(dy!);
  const share = images.b.op('Mul', [flat, shareOf(images, windows, attrs.countIncludePad, flat)]);
  return spread(images, new Array<Value>(kernelCount(windows)).fill(share), windows);
}

/** One over the elements that a window averages: a scalar, or one for each window. */
function shareOf({ b }: Images, windows: Windows, countIncludePad: boolean, { dtype }: Value): Value {
  const taps = kernelCount(windows);
  const counts = Array.from({ length: outputCount(windows) }, () => 0);
  for (const { at } of tapsOf(b, windows)) {
    at.forEach((position, i) => {
      if (position >= 0) counts[i]!++;
    });
  }
  if (countIncludePad || counts.every((count) => count === taps)) return b.scalar(dtype, 1 / taps);
  const shares = counts.map((count) => 1 / count);
  const type = { dtype, shape: [1, counts.length, 1] };
  const key = `shares ${windowsKey(windows)}`;
  return b.scope.constant(key, type, () =>
    dtype === 'float64' ? Float64Array.from(shares) : Float32Array.from(shares),
  );
}

/** What the elements of all windows got, back where they were seen. */
function spread(images: Images, shares: readonly Value[], windows: Windows): Parts | Value {
  if (isTiling(windows))
    return tapsOf(images.b, windows).map((positions, tap) => ({ ...positions, value: shares[tap]! }));
  const { b } = images;
  const outputs = outputCount(windows);
  const [channels, , batch] = shares[0]!.shape as [number, number, number];
  const store = b.op('Concat', [...shares, b.filled(shares[0]!.dtype, [channels, 1, batch], 0)], { axis: 1 });
  const taps = kernelCount(windows);
  const entriesOf = Array.from({ length: inputCount(windows) }, (_, at) =>
    Array.from({ length: taps }, (_, tap) => [tap, seeing(windows, tap, at)] as const)
      .filter(([, output]) => output >= 0)
      .map(([tap, output]) => tap * outputs + output),
  );
  return images.sums(store, entriesOf, taps * outputs);
}
