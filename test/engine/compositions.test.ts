/** Compositions: what they compute, and their own gradient against central differences and against that of their ops. */
import { describe, expect, it } from 'vitest';
import { gradient } from '../../agent/engine/autodiff/gradient.ts';
import { Builder } from '../../agent/engine/ir/graph.ts';
import type { Composition } from '../../agent/engine/ir/op.ts';
import { tensorType, type Value } from '../../agent/engine/ir/types.ts';
import { compositions } from '../../agent/engine/ops/compositions/registry.ts';
import { registry } from '../../agent/engine/ops/registry.ts';
import { deriveKey, drawUniform } from '../../shared/kernel/random.ts';
import { COMPOSITION_CASES, type CompositionCase } from './composition-cases.ts';
import { expectGradients } from './finite-differences.ts';
import type { Tensor } from './reference/tensor.ts';
import { runGraph } from './run-graph.ts';

type Any = Composition<unknown>;
type Form = (b: Builder, x: readonly Value[]) => readonly Value[];

const STEP = 1e-5;

/** Between -2.5 and 2.5 and off the kinks at 0. */
function drawnTensor(shape: readonly number[], key: number): Tensor {
  const count = shape.reduce((product, dim) => product * dim, 1);
  const data = Array.from({ length: count }, (_, i) => {
    const value = 5 * drawUniform(key, i) - 2.5;
    return Math.fround(value + 0.1 * Math.sign(value));
  });
  return { shape, data };
}

const cases = Object.keys(COMPOSITION_CASES).flatMap((name) => {
  const key = name as keyof typeof compositions;
  const composition = compositions[key] as Any;
  const list = COMPOSITION_CASES[key] as readonly CompositionCase<unknown>[];
  return list.map((each, at) => ({ name, at, composition, each, values: drawnInputs(each, name, at) }));
});

function drawnInputs({ shapes }: CompositionCase<unknown>, name: string, at: number): readonly Tensor[] {
  return shapes.map((shape, i) => drawnTensor(shape, deriveKey('composition', name, at, i)));
}

const inputsOf = (b: Builder, values: readonly Tensor[], dtype: 'float32' | 'float64'): readonly Value[] =>
  values.map(({ shape }, i) => b.input(`x${i}`, tensorType(dtype, shape)));

/** y and the gradients by all inputs from the cotangent `dy`. */
async function differentiated(form: Form, values: readonly Tensor[], dy: Tensor, dtype: 'float32' | 'float64') {
  const b = new Builder(registry, 'form');
  const x = inputsOf(b, values, dtype);
  const cotangent = b.input('dy', tensorType(dtype, dy.shape));
  const y = form(b, x)[0]!;
  const gradients = gradient(registry, b, y, cotangent, x);
  b.output('y', y);
  gradients.forEach((dx, i) => {
    b.output(`dx${i}`, dx);
  });
  return runGraph(b.finish(), [...values, dy]);
}

function expectClose(got: Tensor, wanted: Tensor, tolerance: number): void {
  expect(got.shape).toEqual(wanted.shape);
  got.data.forEach((value, i) => {
    const expected = wanted.data[i]!;
    expect(Math.abs(value - expected), `${i}: ${value}, expected ${expected}`).toBeLessThanOrEqual(
      tolerance * Math.max(1, Math.abs(expected)),
    );
  });
}

const runsInFloat64 = ({ each }: (typeof cases)[number]): boolean => each.further === undefined;

describe('every composition', () => {
  it('has cases', () => {
    expect(Object.keys(COMPOSITION_CASES).sort()).toEqual(Object.keys(compositions).sort());
    for (const list of Object.values(COMPOSITION_CASES)) expect(list.length).toBeGreaterThan(0);
  });

  it.each(cases)('$name, case $at: computes what the reference does', async ({ composition, each, values }) => {
    for (const dtype of each.forwardIn ?? (['float32', 'float64'] as const)) {
      const b = new Builder(registry, 'forward');
      b.output('y', b.compose(composition, inputsOf(b, values, dtype), each.attrs)[0]!);
      const result = await runGraph(b.finish(), values);
      expectClose(result.get('y')!, each.reference(values), dtype === 'float32' ? 3e-6 : 1e-12);
    }
  });

  it.each(cases.filter(runsInFloat64))('$name, case $at: gradient against central differences', async (row) => {
    const { composition, each, values, name, at } = row;
    await expectGradients({
      types: values.map(({ shape }) => tensorType('float64', shape)),
      values,
      wanted: values.map((_, i) => i),
      build: (b, x) => b.compose(composition, x, each.attrs)[0]!,
      key: deriveKey('composition gradient', name, at),
    });
  });

  it.each(cases.filter((row) => !runsInFloat64(row)))(
    '$name, case $at: gradient against central differences of the reference',
    async ({ composition, each, values }) => {
      const [x] = values as [Tensor];
      const ones = { shape: x.shape, data: x.data.map(() => 1) };
      const results = [each.reference(values), ...each.further!(values)];
      const b = new Builder(registry, 'backward');
      const [input, dy, ...y] = ['x', 'dy', ...results.map((_, i) => `y${i}`)].map((name) =>
        b.input(name, tensorType('float64', x.shape)),
      ) as [Value, Value, ...Value[]];
      b.output('dx', composition.backward({ b, x: [input], y, dy, attrs: each.attrs })[0]!);
      const dx = (await runGraph(b.finish(), [x, ones, ...results])).get('dx')!;
      const moved = (by: number): Tensor => each.reference([{ shape: x.shape, data: x.data.map((v) => v + by) }]);
      const [up, down] = [moved(STEP), moved(-STEP)];
      const numeric = x.data.map((_, i) => (up.data[i]! - down.data[i]!) / (2 * STEP));
      dx.data.forEach((value, i) => {
        const scale = Math.max(Math.abs(numeric[i]!), 1e-3);
        expect(Math.abs(value - numeric[i]!) / scale).toBeLessThan(1e-6);
      });
    },
  );

  it.each(cases.filter(runsInFloat64))('$name, case $at: gradient against that of its ops', async (row) => {
    const { composition, each, values } = row;
    const shape = each.reference(values).shape;
    const dy = drawnTensor(shape, deriveKey('cotangent', row.name, row.at));
    const fused = await differentiated((b, x) => b.compose(composition, x, each.attrs), values, dy, 'float64');
    const composed = await differentiated((b, x) => composition.forward(b, x, each.attrs), values, dy, 'float64');
    for (const [name, wanted] of composed) expectClose(fused.get(name)!, wanted, 1e-10);
  });

  it.each(cases)('$name, case $at: NaN and infinity do not hide', async ({ composition, each, values }) => {
    const [x, ...others] = values as [Tensor, ...Tensor[]];
    for (const bad of [Number.NaN, Number.POSITIVE_INFINITY]) {
      const spoilt = { shape: x.shape, data: x.data.map((value, i) => (i === 0 ? bad : value)) };
      const dy = { shape: x.shape, data: x.data.map(() => 1) };
      const form: Form = (b, all) => b.compose(composition, all, each.attrs);
      const result = await differentiated(form, [spoilt, ...others], dy, 'float32');
      expect(Number.isFinite(result.get('y')!.data[0])).toBe(false);
      if (Number.isNaN(bad)) expect(result.get('dx0')!.data[0]).toBeNaN();
    }
  });
});
