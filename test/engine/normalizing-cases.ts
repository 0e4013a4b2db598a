/** Ops that bring examples and channels to one scale. */
import { average, float, type OpCase, sum } from './op-case.ts';
import { element, generate, map, reduce, type Tensor, zip } from './reference/tensor.ts';

function softmaxOf(x: Tensor, axis: number): Tensor {
  const shifted = zip([x, reduce(x, [axis], true, (values) => Math.max(...values))], (value, top) =>
    Math.exp(value - top),
  );
  return zip([shifted, reduce(shifted, [axis], true, sum)], (value, total) => value / total);
}

type Ops = 'BatchNormalization' | 'LayerNormalization' | 'Softmax' | 'LogSoftmax';

export const NORMALIZING_CASES: { readonly [N in Ops]: readonly OpCase[] } = {
  BatchNormalization: [
    {
      inputs: [float([4, 3, 2]), float([3]), float([3]), float([3]), float([3], 0.2, 2)],
      build: (b, x) => [b.op('BatchNormalization', x, { epsilon: 2 ** -7 })],
      reference: ([x, scale, bias, mean, variance]) => [
        generate([4, 3, 2], (index) => {
          const channel = index[1]!;
          const centred = element(x!, index) - mean!.data[channel]!;
          return (
            (centred / Math.sqrt(variance!.data[channel]! + 2 ** -7)) * scale!.data[channel]! + bias!.data[channel]!
          );
        }),
      ],
    },
  ],
  LayerNormalization: [
    {
      inputs: [float([4, 3, 2]), float([3, 2]), float([3, 2])],
      build: (b, x) => [b.op('LayerNormalization', x, { axis: 1, epsilon: 2 ** -7 })],
      reference: ([x, scale, bias]) => {
        const mean = reduce(x!, [1, 2], true, average);
        const centred = zip([x!, mean], (value, m) => value - m);
        const variance = reduce(centred, [1, 2], true, (values) => average(values.map((value) => value * value)));
        return [zip([centred, variance, scale!, bias!], (value, v, s, o) => (value / Math.sqrt(v + 2 ** -7)) * s + o)];
      },
    },
  ],
  Softmax: [0, 1].map((axis) => ({
    inputs: [float([3, 4], -5, 5)],
    build: (b, x) => [b.op('Softmax', x, { axis })],
    reference: ([x]) => [softmaxOf(x!, axis)],
  })),
  LogSoftmax: [0, 1].map((axis) => ({
    inputs: [float([3, 4], -5, 5)],
    build: (b, x) => [b.op('LogSoftmax', x, { axis })],
    reference: ([x]) => [map(softmaxOf(x!, axis), Math.log)],
  })),
};
