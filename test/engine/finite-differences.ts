/** Checks gradients of a graph against central differences in float64, in one random direction per input. */
import { expect } from 'vitest';
import { gradient } from '../../agent/engine/autodiff/gradient.ts';
import { BY_RULE } from '../../agent/engine/compile/lower/choice.ts';
import { lowerGraph } from '../../agent/engine/compile/lower/lower.ts';
import { Builder } from '../../agent/engine/ir/graph.ts';
import { type TensorType, tensorType, type Value } from '../../agent/engine/ir/types.ts';
import { registry } from '../../agent/engine/ops/registry.ts';
import { drawUniform } from '../../shared/kernel/random.ts';
import type { Tensor } from './reference/tensor.ts';
import { openGraph } from './run-graph.ts';

const STEP = 1e-5;
const TOLERANCE = 1e-6;

export interface GradientProblem {
  readonly types: readonly TensorType[];
  readonly values: readonly Tensor[];
  /** Positions of the inputs to differentiate by. */
  readonly wanted: readonly number[];
  readonly build: (b: Builder, x: readonly Value[]) => Value;
  readonly key: number;
  /** Default 1e-5. */
  readonly step?: number;
  /** Relative; default 1e-6. */
  readonly tolerance?: number;
}

const dot = (a: readonly number[], b: readonly number[]): number => a.reduce((sum, value, i) => sum + value * b[i]!, 0);

const direction = (count: number, key: number): readonly number[] =>
  Array.from({ length: count }, (_, i) => 2 * drawUniform(key, i) - 1);

/**
 * With a random cotangent r, f(x) = r . y(x) has the gradient the reverse walk computes from dy = r; along a random v it
 * has to equal (f(x + hv) - f(x - hv)) / 2h within a relative 1e-6.
 */
export async function expectGradients(problem: GradientProblem): Promise<void> {
  const { types, values, wanted, build, key, step = STEP, tolerance = TOLERANCE } = problem;
  const b = new Builder(registry, 'problem');
  const x = types.map((type, i) => b.input(`x${i}`, type));
  const y = build(b, x);
  const dy = b.input('dy', tensorType(y.dtype, y.shape));
  const gradients = gradient(
    registry,
    b,
    y,
    dy,
    wanted.map((at) => x[at]!),
  );
  b.output('y', y);
  gradients.forEach((dx, i) => {
    b.output(`dx${wanted[i]}`, dx);
  });
  const runner = await openGraph(lowerGraph(b.finish(), BY_RULE));
  try {
    const shape = y.shape as readonly number[];
    const r: Tensor = {
      shape,
      data: direction(
        shape.reduce((n, dim) => n * dim, 1),
        key + 1,
      ),
    };
    const at = (inputs: readonly Tensor[]) => runner.run([...inputs, r]);
    const analytic = await at(values);
    for (const index of wanted) {
      const input = values[index]!;
      const dx = analytic.get(`dx${index}`)!;
      expect(dx.shape).toEqual(input.shape);
      const v = direction(input.data.length, key + 2 + index);
      const f = async (h: number): Promise<number> => {
        const moved = { shape: input.shape, data: input.data.map((value, i) => value + h * v[i]!) };
        const result = await at(values.map((value, i) => (i === index ? moved : value)));
        return dot(r.data, result.get('y')!.data);
      };
      const numeric = ((await f(step)) - (await f(-step))) / (2 * step);
      const along = dot(dx.data, v);
      const scale = Math.max(Math.abs(numeric), Math.abs(along), 1e-3);
      expect(Math.abs(along - numeric) / scale, `by input ${index}: ${along}, numeric ${numeric}`).toBeLessThan(
        tolerance,
      );
    }
  } finally {
    await runner.release();
  }
}
