/** Images and the windows that slide over them, as shape rules and lowerings see them. */
import { type OnnxAttribute, ShapeError, type WindowAttrs } from '../ir/op.ts';
import { type Dim, fixedDim, type Shape, type TensorType } from '../ir/types.ts';
import { intsAttribute } from './emission.ts';

export type Layout = WindowAttrs['layout'];

export interface ImageShape {
  readonly batch: Dim;
  readonly channels: number;
  readonly height: number;
  readonly width: number;
}

/** Throws ShapeError where the type is no batch of images. */
export function imageOf(type: TensorType, layout: Layout): ImageShape {
  if (type.shape.length !== 4) throw new ShapeError(`[${type.shape.join(',')}] is no batch of images`);
  const [batch, ...image] = (
    layout === 'rows' ? type.shape : [type.shape[3], ...type.shape.slice(0, 3)]
  ) as readonly Dim[];
  const [channels, height, width] = image.map(fixedDim) as [number, number, number];
  return { batch: batch!, channels, height, width };
}

export function shapeOfImage({ batch, channels, height, width }: ImageShape, layout: Layout): Shape {
  return layout === 'rows' ? [batch, channels, height, width] : [channels, height, width, batch];
}

/** Height and width of what the window leaves of an image; throws ShapeError where it does not fit once. */
export function windowOutput(
  attrs: WindowAttrs,
  { height, width }: Pick<ImageShape, 'height' | 'width'>,
): readonly [number, number] {
  const { kernel, stride, pads, dilation } = attrs;
  const sizes = ([height, width] as const).map((size, axis) => {
    const free = size + pads[axis]! + pads[axis + 2]! - dilation[axis]! * (kernel[axis]! - 1) - 1;
    if (free < 0) throw new ShapeError(`a kernel of [${kernel.join(',')}] does not fit [${height},${width}]`);
    return Math.floor(free / stride[axis]!) + 1;
  });
  return sizes as [number, number];
}

/** ONNX's names. */
export function windowAttributes({
  kernel,
  stride,
  pads,
  dilation,
}: WindowAttrs): Readonly<Record<string, OnnxAttribute>> {
  return {
    kernel_shape: intsAttribute(kernel),
    strides: intsAttribute(stride),
    pads: intsAttribute(pads),
    ...(dilation.every((step) => step === 1) ? {} : { dilations: intsAttribute(dilation) }),
  };
}

/** Only rows can be written: the compiler lowers what is in columns. */
export function expectRows(layout: Layout, op: string): void {
  if (layout !== 'rows') throw new Error(`${op} in columns was not lowered`);
}
