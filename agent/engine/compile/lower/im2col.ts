/**
 * Convolution as matrix products: every window's elements copied under each other, `[channels * taps, outputs * batch]`,
 * so that the weight `[outputs, channels * taps]` is one factor and the batch never has to be transposed. Groups are the
 * leading axis of a batched product.
 */
import type { NodeOf } from '../../ir/op.ts';
import { fixedDim, type Value } from '../../ir/types.ts';
import { fixedImage, type Images, type Part, type Positions } from './images.ts';
import { kernelCount, seeing, seenPositions, type Windows, windowsKey } from './windows.ts';

export interface Conv {
  readonly windows: Windows;
  readonly group: number;
}

/** `[channels * taps, positions * batch]` for some positions of the output. */
export function columnsOf(images: Images, x: Value, { windows }: Conv, outputs: Positions): Value {
  const { channels, batch } = fixedImage(x);
  const taps = kernelCount(windows);
  const label = `columns ${windowsKey(windows)} of ${outputs.label}`;
  const at = images.b.scope.positions(label, () => {
    const count = outputs.at.length;
    const all = new Int32Array(taps * count);
    for (let tap = 0; tap < taps; tap++) all.set(seenPositions(windows, tap, outputs.at), tap * count);
    return all;
  });
  const taken = images.take(x, { label, at });
  return images.b.reshape(taken, [channels * taps, outputs.at.length * batch]);
}

interface Product {
  readonly a: Value;
  readonly transA: boolean;
  readonly c: Value;
  readonly transC: boolean;
}

/** a c (rows of `a` and of the result in `group` blocks), plus a bias column. */
function grouped(images: Images, group: number, { a, transA, c, transC }: Product, bias?: Value): Value {
  const { b } = images;
  if (group === 1) {
    const inputs = bias === undefined ? [a, c] : [a, c, bias];
    return b.op('Gemm', inputs, { transA, transB: transC, alpha: 1, beta: 1 });
  }
  const blocks = (value: Value, transposed: boolean): Value => {
    const [rows, columns] = value.shape.map(fixedDim) as [number, number];
    const parted = b.reshape(value, [group, rows / group, columns]);
    return transposed ? b.op('Transpose', [parted], { perm: [0, 2, 1] }) : parted;
  };
  const product = b.op('MatMul', [blocks(a, transA), blocks(c, transC)]);
  const [, rows, columns] = product.shape.map(fixedDim) as [number, number, number];
  const joined = b.reshape(product, [group * rows, columns]);
  return bias === undefined ? joined : b.op('Add', [joined, bias]);
}

/** Some positions of the output: `[outputs, positions, batch]`. */
export function convolved(images: Images, conv: Conv, [x, w, bias]: readonly Value[], outputs: Positions): Value {
  const columns = columnsOf(images, x!, conv, outputs);
  const product = grouped(images, conv.group, { a: w!, transA: false, c: columns, transC: false }, bias);
  return images.b.reshape(product, [fixedDim(w!.shape[0]), outputs.at.length, fixedImage(x!).batch]);
}

/** Rows of columns to outputs from where on dW is computed on its side. */
const SIDEWAYS_SHARE = 4;

/** Outputs below which there is too little to pack. */
const LEAST_PACKED = 8;

/**
 * dW from the parts of the output's gradient. With few outputs it is computed transposed: the columns are then the factor
 * that is read as it lies, and the few are packed.
 */
export function weightGradient(images: Images, conv: Conv, x: Value, parts: readonly Part[]): Value {
  const { b } = images;
  const [outputs] = parts[0]!.value.shape.map(fixedDim) as [number];
  const inner = (fixedImage(x).channels / conv.group) * kernelCount(conv.windows);
  const sideways = conv.group === 1 && outputs >= LEAST_PACKED && inner >= SIDEWAYS_SHARE * outputs;
  const products = parts.map((part) => {
    const [, positions, batch] = part.value.shape.map(fixedDim) as [number, number, number];
    const dy = b.reshape(part.value, [outputs, positions * batch]);
    const columns = columnsOf(images, x, conv, part);
    const [a, c] = sideways ? [columns, dy] : [dy, columns];
    return grouped(images, conv.group, { a, transA: false, c, transC: true });
  });
  const sum = products.reduce((total, product) => b.op('Add', [total, product]));
  return sideways ? b.op('Transpose', [sum], { perm: [1, 0] }) : b.reshape(sum, [outputs, inner]);
}

/** The weight with inputs and outputs exchanged within each group: `[channels, outputs / group * taps]`. */
function exchanged(images: Images, { windows, group }: Conv, w: Value): Value {
  const { b } = images;
  const taps = kernelCount(windows);
  const [outputs, inner] = w.shape.map(fixedDim) as [number, number];
  const each = inner / taps;
  const parted = b.reshape(w, [group, outputs / group, each, taps]);
  const turned = b.op('Transpose', [parted], { perm: [0, 2, 1, 3] });
  return b.reshape(turned, [group * each, (outputs / group) * taps]);
}

/** dX as a convolution of dY: for each input the outputs that saw it, by tap. `[channels, inputs, batch]` */
export function inputGradientFlipped(images: Images, conv: Conv, dy: Value, w: Value): Value {
  const { windows, group } = conv;
  const { channels: outputs, batch } = fixedImage(dy);
  const taps = kernelCount(windows);
  const inputs = windows.size[0] * windows.size[1];
  const label = `seeing ${windowsKey(windows)}`;
  const at = images.b.scope.positions(label, () =>
    Int32Array.from({ length: taps * inputs }, (_, i) => seeing(windows, Math.floor(i / inputs), i % inputs)),
  );
  const taken = images.take(dy, { label, at });
  const columns = images.b.reshape(taken, [outputs * taps, inputs * batch]);
  const weight = exchanged(images, conv, w);
  const dx = grouped(images, group, { a: weight, transA: false, c: columns, transC: false });
  return images.b.reshape(dx, [fixedDim(weight.shape[0]), inputs, batch]);
}

/** dX as W^T dY, whose entries are then added up where they belong. `[channels, inputs, batch]` */
export function inputGradientGathered(images: Images, { windows, group }: Conv, dy: Value, w: Value): Value {
  const { b } = images;
  const { channels: outputs, batch } = fixedImage(dy);
  const taps = kernelCount(windows);
  const store = images.padded(dy);
  const entries = fixedDim(store.value.shape[1]);
  const flat = b.reshape(store.value, [outputs, entries * batch]);
  const product = grouped(images, group, { a: w, transA: true, c: flat, transC: false });
  const channels = (fixedDim(w.shape[1]) / taps) * group;
  const byTap = b.reshape(product, [channels, taps * entries, batch]);
  const inputs = windows.size[0] * windows.size[1];
  const entriesOf = Array.from({ length: inputs }, (_, at) =>
    Array.from({ length: taps }, (_, tap) => [tap, seeing(windows, tap, at)] as const)
      .filter(([, output]) => output >= 0)
      .map(([tap, output]) => tap * entries + store.entry(output)),
  );
  return images.sums(byTap, entriesOf, store.entry(-1));
}

export function convOf(
  { attrs }: NodeOf<'Conv2d' | 'Conv2dInputGrad' | 'Conv2dWeightGrad'>,
  input: Value,
  output: Value,
): Conv {
  const from = fixedImage(input);
  const to = fixedImage(output);
  const windows: Windows = { attrs, size: [from.height, from.width], output: [to.height, to.width] };
  return { windows, group: attrs.group };
}
