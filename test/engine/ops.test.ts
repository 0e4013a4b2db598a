import { describe, expect, it } from 'vitest';
import { Builder } from '../../agent/engine/ir/graph.ts';
import { type Grad, NOT_DIFFERENTIABLE, type OpName } from '../../agent/engine/ir/op.ts';
import { tensorType } from '../../agent/engine/ir/types.ts';
import { registry } from '../../agent/engine/ops/registry.ts';
import { deriveKey, drawUniform } from '../../shared/kernel/random.ts';
import { expectGradients } from './finite-differences.ts';
import type { CaseInput, OpCase } from './op-case.ts';
import { OP_CASES } from './op-cases.ts';
import type { Tensor } from './reference/tensor.ts';
import { runGraph } from './run-graph.ts';

type Float = 'float32' | 'float64';

/** Float32 results are compared with float64 ones: single rounding errors, times a few. */
const TOLERANCE: Readonly<Record<Float, number>> = { float32: 2e-6, float64: 1e-12 };

function drawInput(input: CaseInput, key: number): Tensor {
  const count = input.shape.reduce((product, dim) => product * dim, 1);
  const data = Array.from({ length: count }, (_, i) => {
    const u = drawUniform(key, i);
    if (input.dtype !== 'float') return Math.floor(input.low + u * (input.high - input.low + 1));
    const value = Math.fround(input.low + u * (input.high - input.low));
    return Math.abs(value) < (input.off ?? 0) ? value + Math.sign(value) * (input.off ?? 0) : value;
  });
  return { shape: input.shape, data };
}

function drawInputs(op: OpName, at: number, inputs: readonly CaseInput[]): readonly Tensor[] {
  return inputs.map((input, i) => drawInput(input, deriveKey('op-cases', op, at, i)));
}

const typesOf = (inputs: readonly CaseInput[], float: Float) =>
  inputs.map(({ dtype, shape }) => tensorType(dtype === 'float' ? float : dtype, shape));

const hasRule = (grad: Grad<OpName>, index: number): boolean =>
  typeof grad === 'function' || (grad !== NOT_DIFFERENTIABLE && typeof grad[index] === 'function');

const inputsWithRule = (grad: Grad<OpName>, inputs: readonly CaseInput[]): readonly number[] =>
  inputs.flatMap(({ dtype }, i) => (dtype === 'float' && hasRule(grad, i) ? [i] : []));

/** Positions of the inputs that have a rule; an op that takes any number of inputs has to be tried on three. */
function rulesOf(grad: Grad<OpName>): readonly number[] {
  if (typeof grad === 'function') return [0, 1, 2];
  return grad === NOT_DIFFERENTIABLE ? [] : grad.flatMap((rule, i) => (typeof rule === 'function' ? [i] : []));
}

async function expectForward(opCase: OpCase, values: readonly Tensor[], float: Float): Promise<void> {
  const b = new Builder(registry, 'forward');
  const outputs = opCase.build(
    b,
    typesOf(opCase.inputs, float).map((type, i) => b.input(`x${i}`, type)),
  );
  outputs.forEach((value, i) => {
    b.output(`y${i}`, value);
  });
  const results = await runGraph(b.finish(), values);
  opCase.reference(values).forEach((expected, i) => {
    const result = results.get(`y${i}`)!;
    expect(result.shape).toEqual(expected.shape);
    result.data.forEach((value, at) => {
      const wanted = expected.data[at]!;
      expect(Math.abs(value - wanted), `element ${at}: ${value}, expected ${wanted}`).toBeLessThanOrEqual(
        TOLERANCE[float] * Math.max(1, Math.abs(wanted)),
      );
    });
  });
}

describe.each(Object.keys(registry) as OpName[])('%s', (op) => {
  const cases = OP_CASES[op];

  it('has cases, and they use it', () => {
    expect(cases.length).toBeGreaterThan(0);
    for (const { inputs, build, floats } of cases) {
      const b = new Builder(registry, 'probe');
      build(
        b,
        typesOf(inputs, floats?.[0] ?? 'float64').map((type, i) => b.input(`x${i}`, type)),
      );
      expect(b.nodes.map((node) => node.op)).toContain(op);
    }
  });

  it.each(cases.map((opCase, at) => ({ opCase, at })))('computes what the reference does, case $at', async (row) => {
    const values = drawInputs(op, row.at, row.opCase.inputs);
    for (const float of row.opCase.floats ?? (['float32', 'float64'] as const)) {
      await expectForward(row.opCase, values, float);
    }
  });

  const differentiable = cases.flatMap((opCase, at) => {
    const wanted = inputsWithRule(registry[op].grad as Grad<OpName>, opCase.inputs);
    return wanted.length === 0 ? [] : [{ opCase, at, wanted }];
  });

  it('is tried on every gradient rule it has', () => {
    expect([...new Set(differentiable.flatMap(({ wanted }) => wanted))].sort()).toEqual(
      rulesOf(registry[op].grad as Grad<OpName>),
    );
  });

  it.each(differentiable)('has the gradient that central differences say, case $at', async ({ opCase, at, wanted }) => {
    await expectGradients({
      types: typesOf(opCase.inputs, 'float64'),
      values: drawInputs(op, at, opCase.inputs),
      wanted,
      build: (b, x) => opCase.build(b, x)[0]!,
      key: deriveKey('gradient', op, at),
    });
  });
});
