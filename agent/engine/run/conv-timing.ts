/** Times one convolution with its gradients in one form. */
import { gradient } from '../autodiff/gradient.ts';
import { finishGraph } from '../compile/finish.ts';
import { type ConvForm, type ConvShape, convKey } from '../compile/lower/choice.ts';
import { targets } from '../compile/target.ts';
import { Builder } from '../ir/graph.ts';
import type { Graph, WindowAttrs } from '../ir/op.ts';
import { fixedDim, tensorType, type Value } from '../ir/types.ts';
import { writeModel } from '../onnx/model.ts';
import { registry } from '../ops/registry.ts';
import { windowOutput } from '../ops/window.ts';
import { makeTensor, openSession } from './session.ts';

const OPSET = 18;

/** Runs after a first one that fills caches; the fastest counts, as everything else is disturbance. */
const TIMED_RUNS = 4;

export interface TimedConv {
  readonly shape: ConvShape;
  readonly batch: number;
  /** Whether what comes in has a gradient. */
  readonly inputGrad: boolean;
}

const POOL: WindowAttrs = { layout: 'columns', kernel: [2, 2], stride: [2, 2], pads: [0, 0, 0, 0], dilation: [1, 1] };

/** Milliseconds of one forward pass and its gradients, a pool of two by two behind it where the image has room for one. */
export async function convMs({ shape, batch, inputGrad }: TimedConv, form: ConvForm, threads: number): Promise<number> {
  const graph = timedGraph(shape, batch, inputGrad);
  const lowering = { chosen: new Map([[convKey(shape), form]]) };
  const lowered = finishGraph(graph, { ...targets.cpu, lowering });
  const session = await openSession(writeModel(lowered, { opset: OPSET }), { threads });
  try {
    const feeds = Object.fromEntries(graph.inputs.map((value) => [value.name, tensorFor(value)]));
    await session.run(feeds);
    let best = Number.POSITIVE_INFINITY;
    for (let run = 0; run < TIMED_RUNS; run++) {
      const start = performance.now();
      await session.run(feeds);
      best = Math.min(best, performance.now() - start);
    }
    return best;
  } finally {
    await session.release();
  }
}

function timedGraph({ channels, outputs, size, attrs }: ConvShape, batch: number, inputGrad: boolean): Graph {
  const b = new Builder(registry, 'convolution');
  const [height, width] = windowOutput(attrs, { height: size[0], width: size[1] });
  const inner = (channels / attrs.group) * attrs.kernel[0] * attrs.kernel[1];
  const x = b.input('x', tensorType('float32', [channels, ...size, batch]));
  const w = b.input('w', tensorType('float32', [outputs, inner]));
  const made = b.op('Conv2d', [x, w], attrs);
  const pooled = height >= 2 && width >= 2 ? b.op('MaxPool2d', [made], POOL) : made;
  const dy = b.input('dy', tensorType('float32', pooled.shape));
  const gradients = gradient(registry, b, pooled, dy, inputGrad ? [w, x] : [w]);
  b.output('y', sumOf(b, pooled));
  b.output('dw', gradients[0]!);
  if (inputGrad) b.output('dx', sumOf(b, gradients[1]!));
  return b.finish();
}

/** Handing out a large tensor would cost more than computing it. */
const sumOf = (b: Builder, value: Value): Value =>
  b.op('ReduceSum', [value], { axes: value.shape.map((_, axis) => axis), keepDims: false });

/** Not all the same, and no denormal numbers. */
function tensorFor({ shape }: Value): ReturnType<typeof makeTensor> {
  const dims = shape.map(fixedDim);
  const count = dims.reduce((product, dim) => product * dim, 1);
  const data = Float32Array.from({ length: count }, (_, i) => ((i * 7919) % 101) / 101 - 0.5);
  return makeTensor('float32', data, dims);
}
