/** Pools and their gradients in both layouts against nested loops, with values that are often equal. */
import { describe, expect, it } from 'vitest';
import { BY_RULE } from '../../agent/engine/compile/lower/choice.ts';
import type { Builder } from '../../agent/engine/ir/graph.ts';
import type { WindowAttrs } from '../../agent/engine/ir/op.ts';
import type { Value } from '../../agent/engine/ir/types.ts';
import { drawn, type Float, forwardAndBack, fromLayout, type Layout, largestDifference, toLayout } from './lowered.ts';
import { avgPooling, maxPooling, outputSize, type Window } from './reference/conv.ts';

interface Problem extends Window {
  readonly size: readonly [number, number];
}

const PLAIN = { pads: [0, 0, 0, 0], dilation: [1, 1] } as const;

const PROBLEMS: readonly Problem[] = [
  { ...PLAIN, size: [6, 4], kernel: [2, 2], stride: [2, 2] },
  { ...PLAIN, size: [7, 5], kernel: [2, 2], stride: [2, 2] },
  { ...PLAIN, size: [7, 8], kernel: [3, 2], stride: [3, 3] },
  { ...PLAIN, size: [6, 7], kernel: [3, 3], stride: [2, 2] },
  { ...PLAIN, size: [6, 7], kernel: [3, 3], stride: [2, 2], pads: [1, 1, 1, 1] },
  { ...PLAIN, size: [5, 5], kernel: [3, 3], stride: [1, 1], pads: [1, 1, 1, 1] },
  { ...PLAIN, size: [4, 4], kernel: [1, 1], stride: [2, 2] },
  { ...PLAIN, size: [3, 4], kernel: [3, 4], stride: [3, 4] },
];

const describeProblem = ({ size, kernel, stride, pads }: Problem): string =>
  `${kernel.join('x')} over ${size.join('x')}, stride ${stride.join('x')}, pads ${pads.join()}`;

const BATCH = 3;
const CHANNELS = 2;
/** So that most windows hold their maximum more than once. */
const LEVELS = 3;

const FLOATS: readonly (readonly [Layout, Float])[] = [
  ['rows', 'float32'],
  ['columns', 'float32'],
  ['columns', 'float64'],
];

type Reference = ReturnType<typeof maxPooling>;

async function expectPool(
  problem: Problem,
  [layout, float]: readonly [Layout, Float],
  add: (b: Builder, x: readonly Value[], attrs: WindowAttrs) => Value,
  reference: (x: ReturnType<typeof drawn>, dy: readonly number[]) => Reference,
): Promise<void> {
  const { size, kernel, stride, pads, dilation } = problem;
  const x = drawn([BATCH, CHANNELS, ...size], 'x', LEVELS);
  const dy = drawn([BATCH, CHANNELS, ...outputSize(problem, size)], 'dy');
  const expected = reference(x, dy.data);
  const attrs = { layout, kernel, stride, pads, dilation };
  const found = await forwardAndBack(float, [toLayout(x, layout)], toLayout(dy, layout), BY_RULE, (b, values) =>
    add(b, values, attrs),
  );
  const tolerance = float === 'float64' ? 1e-14 : 1e-6;
  expect(largestDifference(fromLayout(found.get('y')!, layout), expected.y)).toBeLessThan(tolerance);
  expect(largestDifference(fromLayout(found.get('dx0')!, layout), expected.dx)).toBeLessThan(tolerance);
}

describe.each(FLOATS)('pooling in %s, %s', (layout, float) => {
  for (const problem of PROBLEMS) {
    it(`takes the maximum, ${describeProblem(problem)}`, () =>
      expectPool(
        problem,
        [layout, float],
        (b, x, attrs) => b.op('MaxPool2d', x, attrs),
        (x, dy) => maxPooling(problem, x, dy),
      ));
    // onnxruntime's AveragePool takes float32 alone.
    for (const countIncludePad of [true, false]) {
      it(`takes the mean${countIncludePad ? ' with its padding' : ''}, ${describeProblem(problem)}`, () =>
        expectPool(
          problem,
          [layout, float],
          (b, x, attrs) => b.op('AvgPool2d', x, { ...attrs, countIncludePad }),
          (x, dy) => avgPooling(problem, countIncludePad, x, dy),
        ));
    }
  }
});

describe('a convolution in front of a pool', () => {
  // Computed in the pool's parts, it has to be what it is as a whole.
  for (const size of [
    [6, 6],
    [7, 5],
  ] as const) {
    it(`of ${size.join('x')}`, async () => {
      const conv = {
        layout: 'columns',
        kernel: [3, 3],
        stride: [1, 1],
        pads: [1, 1, 1, 1],
        dilation: [1, 1],
        group: 1,
      } as const;
      const pool = { layout: 'columns', kernel: [2, 2], stride: [2, 2], pads: [0, 0, 0, 0], dilation: [1, 1] } as const;
      const x = drawn([2, ...size, 3], 'x');
      const w = drawn([4, 18], 'w');
      const dy = drawn([4, Math.floor(size[0] / 2), Math.floor(size[1] / 2), 3], 'dy');
      const run = (hidden: boolean) =>
        forwardAndBack('float64', [x, w], dy, BY_RULE, (b, [image, weight]) => {
          const made = b.op('Conv2d', [image!, weight!], conv);
          // Anything else that reads the convolution makes it whole.
          return b.op('MaxPool2d', [hidden ? b.op('Identity', [made]) : made], pool);
        });
      const [inParts, whole] = [await run(false), await run(true)];
      for (const name of ['y', 'dx0', 'dx1']) {
        expect(largestDifference(inParts.get(name)!, whole.get(name)!), name).toBeLessThan(1e-14);
      }
    });
  }
});

describe('a NaN in a window', () => {
  it('comes out of it', async () => {
    const pool = { layout: 'columns', kernel: [2, 2], stride: [2, 2], pads: [0, 0, 0, 0], dilation: [1, 1] } as const;
    const x = { shape: [1, 2, 2, 2], data: [1, 1, 2, Number.NaN, 3, 3, 4, 4] };
    const dy = { shape: [1, 1, 1, 2], data: [1, 1] };
    const found = await forwardAndBack('float32', [x], dy, BY_RULE, (graph, [image]) =>
      graph.op('MaxPool2d', [image!], pool),
    );
    expect(found.get('y')!.data).toEqual([4, Number.NaN]);
  });
});
