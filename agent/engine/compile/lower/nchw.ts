/** Convolutions in rows: ONNX has two of the three as ops, the weight's gradient is a convolution of the two. */
import type { ConvAttrs, NodeOf } from '../../ir/op.ts';
import { fixedDim, type Value } from '../../ir/types.ts';
import { imageOf } from '../../ops/window.ts';
import type { NodeBuilder } from './node-builder.ts';

/** Of columns. */
export const toRows = (b: NodeBuilder, value: Value): Value => b.op('Transpose', [value], { perm: [3, 0, 1, 2] });
export const toColumns = (b: NodeBuilder, value: Value): Value => b.op('Transpose', [value], { perm: [1, 2, 3, 0] });

const inRows = <A extends ConvAttrs>(attrs: A): A => ({ ...attrs, layout: 'rows' });

/** The same elements as PyTorch's weight. */
function kernels(b: NodeBuilder, w: Value, { kernel }: ConvAttrs): Value {
  const [outputs, inner] = w.shape.map(fixedDim) as [number, number];
  return b.reshape(w, [outputs, inner / kernel[0] / kernel[1], ...kernel]);
}

export function convolvedByRows(b: NodeBuilder, { inputs: [x, w, bias], attrs }: NodeOf<'Conv2d'>): Value {
  const given = bias === undefined ? [] : [b.reshape(bias, [fixedDim(bias.shape[0])])];
  return toColumns(b, b.op('Conv2d', [toRows(b, x!), kernels(b, w!, attrs), ...given], inRows(attrs)));
}

export function inputGradientByRows(
  b: NodeBuilder,
  dy: Value,
  w: Value,
  attrs: NodeOf<'Conv2dInputGrad'>['attrs'],
): Value {
  return toColumns(b, b.op('Conv2dInputGrad', [toRows(b, dy), kernels(b, w, attrs)], inRows(attrs)));
}

/** `[outputs, channels / group * taps]` from columns. */
export function weightGradientByRows(b: NodeBuilder, x: Value, dy: Value, attrs: ConvAttrs): Value {
  const dw = weightGradientInRows(b, toRows(b, x), toRows(b, dy), inRows(attrs));
  const [outputs, channels] = dw.shape.map(fixedDim) as [number, number];
  return b.reshape(dw, [outputs, channels * attrs.kernel[0] * attrs.kernel[1]]);
}

/**
 * dW of rows: with channels in front and the batch as what is summed over, dY slides over X in steps of the dilation,
 * dilated by the stride. Windows at the edge that the forward pass did not take are cut off.
 */
export function weightGradientInRows(b: NodeBuilder, x: Value, dy: Value, attrs: ConvAttrs): Value {
  const { group, kernel, stride, dilation, pads } = attrs;
  const channels = imageOf(x, 'rows').channels / group;
  const outputs = imageOf(dy, 'rows').channels / group;
  const block = (value: Value, at: number, size: number): Value =>
    group === 1
      ? value
      : b.op('Slice', [value], { axes: [1], starts: [at * size], ends: [(at + 1) * size], steps: [1] });
  const turned = (value: Value): Value => b.op('Transpose', [value], { perm: [1, 0, 2, 3] });
  const blocks = Array.from({ length: group }, (_, at) => {
    const image = turned(block(x, at, channels));
    const window = turned(block(dy, at, outputs));
    const { height, width } = imageOf(window, 'rows');
    const made = b.op('Conv2d', [image, window], {
      layout: 'rows',
      kernel: [height, width],
      stride: dilation,
      pads,
      dilation: stride,
      group: 1,
    });
    const cut =
      made.shape[2] === kernel[0] && made.shape[3] === kernel[1]
        ? made
        : b.op('Slice', [made], { axes: [2, 3], starts: [0, 0], ends: kernel, steps: [1, 1] });
    return turned(cut);
  });
  return blocks.length === 1 ? blocks[0]! : b.op('Concat', blocks, { axis: 0 });
}

/** dB of rows: `[outputs]`. */
export const biasGradientInRows = (b: NodeBuilder, dy: Value): Value =>
  b.op('ReduceSum', [dy], { axes: [0, 2, 3], keepDims: false });
