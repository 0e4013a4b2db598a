/** Runs abstract ops and their gradients in either layout and any lowering, on tensors given in rows. */
import { gradient } from '../../agent/engine/autodiff/gradient.ts';
import { type ConvForm, type ConvShape, convKey, type Lowering } from '../../agent/engine/compile/lower/choice.ts';
import { lowerGraph } from '../../agent/engine/compile/lower/lower.ts';
import { Builder } from '../../agent/engine/ir/graph.ts';
import { tensorType, type Value } from '../../agent/engine/ir/types.ts';
import { registry } from '../../agent/engine/ops/registry.ts';
import { deriveKey, drawUniform } from '../../shared/kernel/random.ts';
import { type Tensor, transpose } from './reference/tensor.ts';
import { runGraph } from './run-graph.ts';

export type Layout = 'rows' | 'columns';
export type Float = 'float32' | 'float64';

const TO_COLUMNS = [1, 2, 3, 0];
const TO_ROWS = [3, 0, 1, 2];

export const toLayout = (x: Tensor, layout: Layout): Tensor => (layout === 'rows' ? x : transpose(x, TO_COLUMNS));
export const fromLayout = (x: Tensor, layout: Layout): Tensor => (layout === 'rows' ? x : transpose(x, TO_ROWS));

export const sizeOf = (shape: readonly number[]): number => shape.reduce((count, dim) => count * dim, 1);

/** Between -1 and 1; whole numbers where `levels` says how many, so that there are ties. */
export function drawn(shape: readonly number[], key: string, levels?: number): Tensor {
  const stream = deriveKey(key);
  const data = Array.from({ length: sizeOf(shape) }, (_, i) => {
    const u = drawUniform(stream, i);
    return levels === undefined ? Math.fround(2 * u - 1) : Math.floor(u * levels) - 1;
  });
  return { shape, data };
}

export const oneForm = (shape: ConvShape, form: ConvForm): Lowering => ({
  chosen: new Map([[convKey(shape), form]]),
});

/** `build`'s result as `y`, and the gradient of each input as `dx0`, `dx1` ... where its own is `dy`. */
export async function forwardAndBack(
  float: Float,
  inputs: readonly Tensor[],
  dy: Tensor,
  lowering: Lowering,
  build: (b: Builder, x: readonly Value[]) => Value,
): Promise<ReadonlyMap<string, Tensor>> {
  const b = new Builder(registry, 'lowered');
  const x = inputs.map(({ shape }, i) => b.input(`x${i}`, tensorType(float, shape)));
  const cotangent = b.input('dy', tensorType(float, dy.shape));
  const y = build(b, x);
  const gradients = gradient(registry, b, y, cotangent, x);
  b.output('y', y);
  gradients.forEach((dx, i) => {
    b.output(`dx${i}`, dx);
  });
  return runGraph(lowerGraph(b.finish(), lowering), [...inputs, dy]);
}

export function largestDifference(a: Tensor, b: Tensor): number {
  if (a.shape.join() !== b.shape.join()) throw new Error(`[${a.shape.join()}] against [${b.shape.join()}]`);
  return a.data.reduce((most, value, i) => Math.max(most, Math.abs(value - b.data[i]!)), 0);
}
