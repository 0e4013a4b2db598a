/** Convolutions in every form and layout against nested loops. */
import { describe, expect, it } from 'vitest';
import {
  BY_RULE,
  type ConvForm,
  type ConvShape,
  formsFor,
  type Lowering,
} from '../../agent/engine/compile/lower/choice.ts';
import {
  drawn,
  type Float,
  forwardAndBack,
  fromLayout,
  type Layout,
  largestDifference,
  oneForm,
  sizeOf,
  toLayout,
} from './lowered.ts';
import { type ConvWindow, convolution, outputSize } from './reference/conv.ts';

interface Problem extends ConvWindow {
  readonly batch: number;
  readonly channels: number;
  readonly outputs: number;
  readonly size: readonly [number, number];
}

const PLAIN = { batch: 3, stride: [1, 1], pads: [0, 0, 0, 0], dilation: [1, 1], group: 1 } as const;

/** Kernel, stride, padding, dilation and groups, each at odds with a default and with each other. */
const PROBLEMS: readonly Problem[] = [
  { ...PLAIN, channels: 2, outputs: 3, size: [5, 6], kernel: [3, 3], pads: [1, 1, 1, 1] },
  { ...PLAIN, channels: 3, outputs: 2, size: [6, 5], kernel: [3, 3] },
  { ...PLAIN, channels: 2, outputs: 4, size: [4, 4], kernel: [3, 3], pads: [2, 0, 1, 2] },
  { ...PLAIN, channels: 2, outputs: 2, size: [11, 10], kernel: [3, 3], pads: [1, 1, 1, 1] },
  { ...PLAIN, channels: 3, outputs: 4, size: [4, 3], kernel: [1, 1] },
  { ...PLAIN, channels: 3, outputs: 4, size: [5, 4], kernel: [1, 1], stride: [2, 3] },
  { ...PLAIN, channels: 1, outputs: 2, size: [9, 8], kernel: [5, 5], stride: [2, 2] },
  { ...PLAIN, channels: 2, outputs: 2, size: [7, 9], kernel: [2, 3], stride: [3, 2], pads: [1, 0, 0, 1] },
  { ...PLAIN, channels: 2, outputs: 3, size: [8, 7], kernel: [3, 2], dilation: [2, 3], pads: [2, 1, 2, 2] },
  { ...PLAIN, channels: 4, outputs: 6, size: [5, 5], kernel: [3, 3], group: 2, pads: [1, 1, 1, 1] },
  { ...PLAIN, channels: 3, outputs: 6, size: [6, 5], kernel: [2, 2], group: 3, stride: [2, 1], dilation: [1, 2] },
  { ...PLAIN, channels: 2, outputs: 2, size: [4, 4], kernel: [4, 4], batch: 1 },
];

const shapeOf = (problem: Problem): ConvShape => ({ ...problem, attrs: { ...problem, layout: 'columns' } });

const describeProblem = ({ channels, outputs, size, kernel, stride, pads, dilation, group }: Problem): string =>
  `${channels}>${outputs} of ${size.join('x')}, kernel ${kernel.join('x')}, stride ${stride.join('x')}, pads ${pads.join()}, dilation ${dilation.join('x')}, groups ${group}`;

async function expectConvolution(problem: Problem, layout: Layout, float: Float, lowering: Lowering): Promise<void> {
  const { batch, channels, outputs, size, kernel, stride, pads, dilation, group } = problem;
  const x = drawn([batch, channels, ...size], 'x');
  const flat = [outputs, (channels / group) * kernel[0] * kernel[1]];
  const w = drawn(flat, 'w');
  const bias = drawn([outputs], 'bias');
  const dy = drawn([batch, outputs, ...outputSize(problem, size)], 'dy');
  const expected = convolution(problem, x, w, bias.data, dy.data);
  const weights = { shape: layout === 'rows' ? [outputs, channels / group, ...kernel] : flat, data: w.data };
  const biases = { shape: layout === 'rows' ? [outputs] : [outputs, 1], data: bias.data };
  const attrs = { layout, kernel, stride, pads, dilation, group };
  const inputs = [toLayout(x, layout), weights, biases];
  const found = await forwardAndBack(float, inputs, toLayout(dy, layout), lowering, (b, values) =>
    b.op('Conv2d', values, attrs),
  );
  const tolerance = float === 'float64' ? 1e-12 : 2e-5;
  const compare = (name: string, got: readonly number[], wanted: readonly number[]): void =>
    expect(
      largestDifference({ shape: [got.length], data: got }, { shape: [wanted.length], data: wanted }),
      name,
    ).toBeLessThan(tolerance);
  compare('y', fromLayout(found.get('y')!, layout).data, expected.y.data);
  compare('dx', fromLayout(found.get('dx0')!, layout).data, expected.dx.data);
  expect(found.get('dx1')!.shape).toEqual(weights.shape);
  compare('dw', found.get('dx1')!.data, expected.dw.data);
  compare('db', found.get('dx2')!.data, expected.db.data);
  expect(sizeOf(found.get('dx2')!.shape)).toBe(outputs);
}

/** Each form of the forward pass once, and each form of the gradient. */
function formPairs(problem: Problem): readonly ConvForm[] {
  const { forward, inputGrad } = formsFor(shapeOf(problem));
  const length = Math.max(forward.length, inputGrad.length);
  return Array.from({ length }, (_, i) => ({
    forward: forward[i % forward.length]!,
    inputGrad: inputGrad[i % inputGrad.length]!,
  }));
}

describe('convolution', () => {
  for (const problem of PROBLEMS) {
    describe(describeProblem(problem), () => {
      it('in rows', () => expectConvolution(problem, 'rows', 'float32', BY_RULE));
      for (const form of formPairs(problem)) {
        const lowering = oneForm(shapeOf(problem), form);
        it(`in columns: ${form.forward}, ${form.inputGrad}`, () =>
          expectConvolution(problem, 'columns', 'float32', lowering));
        if (form.forward === 'nchw' || form.inputGrad === 'transposed') continue;
        it(`in columns, float64: ${form.forward}, ${form.inputGrad}`, () =>
          expectConvolution(problem, 'columns', 'float64', lowering));
      }
    });
  }
});
