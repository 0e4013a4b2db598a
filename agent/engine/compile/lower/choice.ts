/**
 * How each convolution is computed. All ways give the same numbers but for rounding, so the choice is part of what makes
 * a run reproducible: its text is kept with checkpoints.
 */
import type { ConvAttrs } from '../../ir/op.ts';

/** A convolution as the choice sees it: everything but the batch. */
export interface ConvShape {
  readonly channels: number;
  readonly outputs: number;
  readonly size: readonly [number, number];
  readonly attrs: ConvAttrs;
}

/**
 * `im2col`: one matrix product over copies of the input. `shifted`: the same by rows of the kernel. `winograd`: F(2x2, 3x3).
 * `winograd4`: F(4x4, 3x3). `nchw`: ONNX's Conv between transposes.
 */
export type ForwardForm = 'im2col' | 'shifted' | 'winograd' | 'winograd4' | 'nchw';

/**
 * `flipped`: im2col of the output's gradient. `gather`: a product, then sums of what lies on the same input.
 * `transposed`: ONNX's ConvTranspose between transposes.
 */
export type InputGradForm = 'flipped' | 'gather' | 'transposed' | 'winograd' | 'winograd4';

export interface ConvForm {
  /** Of the weight's gradient too, which reuses what the forward pass made of the input. */
  readonly forward: ForwardForm;
  readonly inputGrad: InputGradForm;
}

export interface Lowering {
  /** By `convKey`; a convolution that is not named goes by rule. */
  readonly chosen: ReadonlyMap<string, ConvForm>;
}

export const BY_RULE: Lowering = { chosen: new Map() };

export function convKey({ channels, outputs, size, attrs }: ConvShape): string {
  const { kernel, stride, pads, dilation, group } = attrs;
  return [
    `${channels}>${outputs}/${group}`,
    ...[size, kernel, stride, pads, dilation].map((all) => all.join('x')),
  ].join(' ');
}

const isPlain3x3 = ({ attrs: { kernel, stride, dilation, group, pads } }: ConvShape): boolean =>
  kernel.every((size) => size === 3) &&
  stride.every((step) => step === 1) &&
  dilation.every((step) => step === 1) &&
  pads.every((count) => count <= 2) &&
  group === 1;

/** Forms that compute this convolution at all. */
export function formsFor(shape: ConvShape): {
  readonly forward: readonly ForwardForm[];
  readonly inputGrad: readonly InputGradForm[];
} {
  const shifted = shape.attrs.group === 1 && shape.attrs.kernel[0] > 1 ? (['shifted'] as const) : [];
  const winograd = isPlain3x3(shape) ? (['winograd', 'winograd4'] as const) : [];
  return {
    forward: ['im2col', ...shifted, 'nchw', ...winograd],
    inputGrad: ['flipped', 'gather', 'transposed', ...winograd],
  };
}

/** Without measuring: what the tables of docs/performance.md, "Convolutions", say of most shapes. */
export function formByRule(shape: ConvShape): ConvForm {
  const { channels, outputs, attrs } = shape;
  const taps = attrs.kernel[0] * attrs.kernel[1];
  if (isPlain3x3(shape) && channels >= 16 && outputs >= 16) {
    const form = fewerProducts(shape) >= LEAST_FEWER_PRODUCTS ? 'winograd4' : 'winograd';
    return { forward: form, inputGrad: form };
  }
  const narrow = attrs.group === 1 && attrs.kernel[0] >= 3 && attrs.stride.every((step) => step === 1);
  const shifted = narrow && outputs <= FEW_OUTPUTS && outputs <= channels;
  return {
    forward: shifted ? 'shifted' : 'im2col',
    inputGrad: outputs * taps <= FEW_PRODUCTS ? 'flipped' : 'transposed',
  };
}

/** How many times as many products as F(4x4, 3x3) F(2x2, 3x3) takes: 1.8, or less where the larger tiles stand over the edge. */
function fewerProducts({ size, attrs: { pads } }: ConvShape): number {
  const tiles = (each: number): number =>
    size.reduce((count, length, axis) => count * Math.ceil((length + pads[axis]! + pads[axis + 2]! - 2) / each), 1);
  return (16 * tiles(2)) / (36 * tiles(4));
}

/** Of which the transforms, with more passes over memory, take their share: lost at 1.4 and won at 1.8, at any width. */
const LEAST_FEWER_PRODUCTS = 1.5;

/** A matrix product with fewer rows spends its time on packing the other factor. */
const FEW_OUTPUTS = 12;

/** Of im2col over the output's gradient, which is mostly padding where the kernel is large. */
const FEW_PRODUCTS = 150;

export function formOf(lowering: Lowering, shape: ConvShape): ConvForm {
  return lowering.chosen.get(convKey(shape)) ?? formByRule(shape);
}
