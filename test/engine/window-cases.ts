/** Convolution, pools and their gradients in columns: every input of theirs is tried and differentiated. */
import type { OpName } from '../../agent/engine/ir/op.ts';
import type { CaseInput, OpCase } from './op-case.ts';
import { avgPooling, convolution, maxPooling } from './reference/conv.ts';
import { type Tensor, transpose } from './reference/tensor.ts';

type WindowOp = Extract<OpName, `Conv2d${string}` | `${string}Pool2d${string}`>;

const image = (shape: readonly number[]): CaseInput => ({ shape, dtype: 'float', low: -2, high: 2 });

const rows = (x: Tensor): Tensor => transpose(x, [3, 0, 1, 2]);
const columns = (x: Tensor): Tensor => transpose(x, [1, 2, 3, 0]);

const CONV = {
  layout: 'columns',
  kernel: [3, 2],
  stride: [1, 2],
  pads: [1, 0, 1, 1],
  dilation: [1, 1],
  group: 1,
} as const;
const POOL = { layout: 'columns', kernel: [2, 3], stride: [2, 2], pads: [0, 1, 0, 1], dilation: [1, 1] } as const;

/** Two channels of 4 x 5 to three of 4 x 3, and three examples. */
const X = [2, 4, 5, 3];
const W = [3, 12];
const BIAS = [3, 1];
const DY = [3, 4, 3, 3];
/** What the pool makes of `X`. */
const POOLED = [2, 2, 3, 3];

const zeros = (shape: readonly number[]): Tensor => ({
  shape,
  data: new Array<number>(shape.reduce((count, dim) => count * dim, 1)).fill(0),
});

/** The reference with zeros for what the op does not take. */
function convOf(given: { readonly x?: Tensor; readonly w?: Tensor; readonly bias?: Tensor; readonly dy?: Tensor }) {
  const { x = zeros(X), w = zeros(W), bias = zeros(BIAS), dy = zeros(DY) } = given;
  return convolution(CONV, rows(x), w, bias.data, rows(dy).data);
}

const AVERAGES = [true, false].map((countIncludePad) => ({ ...POOL, countIncludePad }));

export const WINDOW_CASES: { readonly [N in WindowOp]: readonly OpCase[] } = {
  Conv2d: [
    {
      inputs: [image(X), image(W), image(BIAS)],
      build: (b, x) => [b.op('Conv2d', x, CONV)],
      reference: ([x, w, bias]) => [columns(convOf({ x: x!, w: w!, bias: bias! }).y)],
    },
    {
      inputs: [image(X), image(W)],
      build: (b, x) => [b.op('Conv2d', x, CONV)],
      reference: ([x, w]) => [columns(convOf({ x: x!, w: w! }).y)],
    },
  ],
  Conv2dInputGrad: [
    {
      inputs: [image(DY), image(W)],
      build: (b, x) => [b.op('Conv2dInputGrad', x, { ...CONV, size: [4, 5] })],
      reference: ([dy, w]) => [columns(convOf({ dy: dy!, w: w! }).dx)],
    },
  ],
  Conv2dWeightGrad: [
    {
      inputs: [image(X), image(DY)],
      build: (b, x) => [b.op('Conv2dWeightGrad', x, CONV)],
      reference: ([x, dy]) => [convOf({ x: x!, dy: dy! }).dw],
    },
  ],
  Conv2dBiasGrad: [
    {
      inputs: [image(DY)],
      build: (b, x) => [b.op('Conv2dBiasGrad', x, { layout: 'columns' })],
      reference: ([dy]) => [{ shape: BIAS, data: convOf({ dy: dy! }).db.data }],
    },
  ],
  MaxPool2d: [
    {
      inputs: [image(X)],
      build: (b, x) => [b.op('MaxPool2d', x, POOL)],
      reference: ([x]) => [columns(maxPooling(POOL, rows(x!), zeros(POOLED).data).y)],
    },
  ],
  MaxPool2dGrad: [
    {
      inputs: [image(X), image(POOLED)],
      build: (b, [x, dy]) => [b.op('MaxPool2dGrad', [x!, b.op('MaxPool2d', [x!], POOL), dy!], POOL)],
      reference: ([x, dy]) => [columns(maxPooling(POOL, rows(x!), rows(dy!).data).dx)],
    },
  ],
  AvgPool2d: AVERAGES.map((attrs) => ({
    inputs: [image(X)],
    build: (b, x) => [b.op('AvgPool2d', x, attrs)],
    reference: ([x]) => [columns(avgPooling(POOL, attrs.countIncludePad, rows(x!), zeros(POOLED).data).y)],
  })),
  AvgPool2dGrad: AVERAGES.map((attrs) => ({
    inputs: [image(POOLED)],
    build: (b, x) => [b.op('AvgPool2dGrad', x, { ...attrs, size: [4, 5] })],
    reference: ([dy]) => [columns(avgPooling(POOL, attrs.countIncludePad, rows(zeros(X)), rows(dy!).data).dx)],
  })),
};
