/** Ops that move, cut, join and pick elements. */
import type { SliceAttrs } from '../../agent/engine/ir/op.ts';
import { float, ints, type OpCase, sum } from './op-case.ts';
import { element, expand, gather, generate, reshape, transpose } from './reference/tensor.ts';

function sliceCase(attrs: SliceAttrs): OpCase {
  const along = (axis: number): { start: number; step: number; count: number } => {
    const at = attrs.axes.indexOf(axis);
    if (at < 0) return { start: 0, step: 1, count: [2, 4, 5][axis]! };
    const [start, end, step] = [attrs.starts[at]!, attrs.ends[at]!, attrs.steps[at]!];
    return { start, step, count: Math.ceil((end - start) / step) };
  };
  const axes = [0, 1, 2].map(along);
  return {
    // Only steps of 1 are differentiated.
    inputs: [attrs.steps.every((step) => step === 1) ? float([2, 4, 5]) : ints([2, 4, 5], 9, 'float32')],
    build: (b, x) => [b.op('Slice', x, attrs)],
    reference: ([x]) => [
      generate(
        axes.map(({ count }) => count),
        (index) =>
          element(
            x!,
            index.map((i, axis) => axes[axis]!.start + i * axes[axis]!.step),
          ),
      ),
    ],
  };
}

type Ops = 'Reshape' | 'Transpose' | 'Expand' | 'Concat' | 'Slice' | 'Pad' | 'Split' | 'Gather' | 'ScatterND';

export const MOVING_CASES: { readonly [N in Ops]: readonly OpCase[] } = {
  Reshape: [
    {
      inputs: [float([2, 6])],
      build: (b, x) => [b.op('Reshape', x, { shape: [3, 4] })],
      reference: ([x]) => [reshape(x!, [3, 4])],
    },
  ],
  Transpose: [
    [1, 0, 2],
    [2, 0, 1],
  ].map((perm) => ({
    inputs: [float([2, 3, 4])],
    build: (b, x) => [b.op('Transpose', x, { perm })],
    reference: ([x]) => [transpose(x!, perm)],
  })),
  Expand: [
    {
      inputs: [float([3, 1])],
      build: (b, x) => [b.op('Expand', x, { shape: [2, 3, 4] })],
      reference: ([x]) => [expand(x!, [2, 3, 4])],
    },
  ],
  Concat: [
    {
      inputs: [float([2, 3]), float([1, 3]), float([2, 3])],
      build: (b, x) => [b.op('Concat', x, { axis: 0 })],
      reference: (x) => [reshape({ shape: [15], data: x.flatMap((tensor) => tensor.data) }, [5, 3])],
    },
    {
      inputs: [float([2, 3]), float([2, 2])],
      build: (b, x) => [b.op('Concat', x, { axis: 1 })],
      reference: ([x, y]) => [
        generate([2, 5], ([i, j]) => (j! < 3 ? element(x!, [i!, j!]) : element(y!, [i!, j! - 3]))),
      ],
    },
  ],
  Slice: [
    { axes: [1], starts: [1], ends: [3], steps: [1] },
    { axes: [2, 0], starts: [0, 1], ends: [3, 2], steps: [1, 1] },
    { axes: [1, 2], starts: [0, 1], ends: [4, 5], steps: [2, 3] },
    { axes: [0, 1], starts: [1, 3], ends: [-1, 0], steps: [-1, -2] },
  ].map(sliceCase),
  Pad: [
    {
      inputs: [float([2, 3])],
      build: (b, x) => [b.op('Pad', x, { before: [1, 0], after: [0, 2] })],
      reference: ([x]) => [generate([3, 5], ([i, j]) => (i! >= 1 && j! < 3 ? x!.data[(i! - 1) * 3 + j!]! : 0))],
    },
    {
      inputs: [float([2, 3])],
      build: (b, x) => [b.op('Pad', x, { before: [0, 0], after: [0, 0] })],
      reference: ([x]) => [x!],
    },
  ],
  Split: [
    {
      inputs: [float([2, 5])],
      build: (b, x) => b.outputsOf('Split', x, { axis: 1, sizes: [3, 2] }),
      reference: ([x]) => [
        generate([2, 3], ([i, j]) => x!.data[i! * 5 + j!]!),
        generate([2, 2], ([i, j]) => x!.data[i! * 5 + 3 + j!]!),
      ],
    },
  ],
  Gather: [0, 1].map((axis) => ({
    inputs: [float([4, 3]), ints([2, 2], 2)],
    build: (b, x) => [b.op('Gather', x, { axis })],
    reference: ([x, at]) => [gather(x!, at!, axis)],
  })),
  ScatterND: [
    {
      inputs: [float([4, 3]), ints([5, 1], 3, 'int64'), float([5, 3])],
      build: (b, x) => [b.op('ScatterND', x, { reduction: 'add' })],
      reference: ([data, at, updates]) => [
        generate([4, 3], ([row, column]) =>
          sum([
            data!.data[row! * 3 + column!]!,
            ...at!.data.flatMap((target, i) => (target === row ? [updates!.data[i * 3 + column!]!] : [])),
          ]),
        ),
      ],
    },
  ],
};
