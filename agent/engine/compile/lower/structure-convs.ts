/** The convolutions of a structure, as the choice of their forms sees them, and that choice as text. */
import { elementsOf } from '../../../../shared/model/example-shape.ts';
import { convAttrs, imageShape } from '../../nn/conv2d.ts';
import type { PlacedLayer } from '../../nn/layer.ts';
import { planModel } from '../../nn/model.ts';
import type { Structure } from '../../port.ts';
import { type ConvForm, type ConvShape, convKey, formOf, formsFor, type Lowering } from './choice.ts';

/** In the order of the layers, each shape once. */
export function convShapes(
  structure: Pick<Structure, 'inputShape' | 'classes' | 'layers' | 'loss'>,
): readonly ConvShape[] {
  const all = shapesOf(planModel(structure).layers);
  return [...new Map(all.map((shape) => [convKey(shape), shape])).values()];
}

function shapesOf(layers: readonly PlacedLayer[]): readonly ConvShape[] {
  return layers.flatMap(({ config, inputShape, branches }) => {
    if (config.type !== 'conv2d') return branches.flatMap(shapesOf);
    const [channels, height, width] = imageShape(inputShape);
    return [
      { channels, outputs: config.outChannels, size: [height, width] as const, attrs: convAttrs(config, 'columns') },
    ];
  });
}

/** Says for every convolution how it is computed, whatever chose it; empty where there is none. */
export function loweringText(shapes: readonly ConvShape[], lowering: Lowering): string {
  return shapes
    .map((shape) => {
      const { forward, inputGrad } = formOf(lowering, shape);
      return `${convKey(shape)}: ${forward}, ${inputGrad}`;
    })
    .join('; ');
}

/** Null where the text is not of these convolutions, or names forms that do not exist. */
export function loweringFrom(shapes: readonly ConvShape[], text: string): Lowering | null {
  const chosen = new Map<string, ConvForm>();
  for (const part of text === '' ? [] : text.split('; ')) {
    const [key, forms] = part.split(': ');
    const shape = shapes.find((candidate) => convKey(candidate) === key);
    const known = shape === undefined ? undefined : formsFor(shape);
    const [forward, inputGrad] = forms?.split(', ') ?? [];
    const form = {
      forward: known?.forward.find((name) => name === forward),
      inputGrad: known?.inputGrad.find((name) => name === inputGrad),
    };
    if (key === undefined || form.forward === undefined || form.inputGrad === undefined) return null;
    chosen.set(key, { forward: form.forward, inputGrad: form.inputGrad });
  }
  return chosen.size === shapes.length ? { chosen } : null;
}

/** Multiplications and additions of the forward pass for one example, counted directly. */
export function convFlops({ channels, outputs, size, attrs }: ConvShape): number {
  const { kernel, stride, pads, dilation, group } = attrs;
  const output = size.map(
    (extent, axis) =>
      Math.floor((extent + pads[axis]! + pads[axis + 2]! - dilation[axis]! * (kernel[axis]! - 1) - 1) / stride[axis]!) +
      1,
  );
  return 2 * outputs * (channels / group) * elementsOf(kernel) * elementsOf(output);
}
