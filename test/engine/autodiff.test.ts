import { describe, expect, it } from 'vitest';
import { gradient } from '../../agent/engine/autodiff/gradient.ts';
import { Builder } from '../../agent/engine/ir/graph.ts';
import { tensorType, type Value } from '../../agent/engine/ir/types.ts';
import { registry } from '../../agent/engine/ops/registry.ts';
import { expectGradients } from './finite-differences.ts';
import { runGraph } from './run-graph.ts';

describe('the reverse walk', () => {
  const type = tensorType('float64', [3]);

  it('sums over fan-out and through compositions', async () => {
    const values = [{ shape: [3], data: [0.5, -1, 2] }];
    await expectGradients({
      types: [type],
      values,
      wanted: [0],
      key: 1,
      build: (b, [x]) => b.op('Add', [b.op('Mul', [x!, b.op('Tanh', [x!])]), b.op('Exp', [b.op('Neg', [x!])])]),
    });
  });

  it('appends nothing for what does not lead to a wanted value', () => {
    const b = new Builder(registry, 'partial');
    const [x, other] = [b.input('x', type), b.input('other', type)];
    const y = b.op('Mul', [x, b.op('Exp', [other])]);
    const before = b.nodes.length;
    gradient(registry, b, y, b.input('dy', type), [x]);
    expect(b.nodes.slice(before).map((node) => node.op)).toEqual(['Mul']);
  });

  it('names the node that has no rule', () => {
    const b = new Builder(registry, 'refused');
    const x = b.input('x', type);
    const [y] = b.outputsOf('Split', [x], { axis: 0, sizes: [1, 2] }) as [Value, Value];
    expect(() => gradient(registry, b, y, y, [x])).toThrow(/no gradient rule: .*= Split\(x\)/);
  });

  it('refuses a value that does not lead to the result', () => {
    const b = new Builder(registry, 'apart');
    const [x, other] = [b.input('x', type), b.input('other', type)];
    expect(() => gradient(registry, b, b.op('Exp', [x]), x, [other])).toThrow('does not depend on other');
  });
});

describe('the ReLU mask in float32', () => {
  it('lets through exactly what was positive', async () => {
    const b = new Builder(registry, 'relu');
    const x = b.input('x', tensorType('float32', [6]));
    const dy = b.input('dy', tensorType('float32', [6]));
    b.output('dx', gradient(registry, b, b.op('Relu', [x]), dy, [x])[0]!);
    const values = [-3, -1e-20, 0, 1e-20, 0.5, 7];
    const result = await runGraph(b.finish(), [
      { shape: [6], data: values },
      { shape: [6], data: [1, 2, 3, 4, 5, 6] },
    ]);
    expect(result.get('dx')!.data.map((value) => value + 0)).toEqual([0, 0, 0, 4, 5, 6]);
  });
});
