import { describe, expect, it } from 'vitest';
import { checkGraph, GraphError } from '../../../agent/engine/ir/check.ts';
import { Builder } from '../../../agent/engine/ir/graph.ts';
import { type Graph, type Node, ShapeError } from '../../../agent/engine/ir/op.ts';
import { tensorType } from '../../../agent/engine/ir/types.ts';
import { registry } from '../../../agent/engine/ops/registry.ts';

const type = tensorType('float32', [2, 3]);

/** y = exp(x) * 2, with x an input. */
function small(): Graph {
  const b = new Builder(registry, 'small');
  const x = b.input('x', type);
  b.output('y', b.op('Mul', [b.op('Exp', [x]), b.scalar('float32', 2)]));
  return b.finish();
}

function withBody(): Graph {
  const b = new Builder(registry, 'outer');
  const x = b.input('x', type);
  const body = b.body('body');
  body.input('i', tensorType('int64', []));
  const going = body.input('going', tensorType('bool', []));
  const carried = body.input('carried', type);
  body.output('go on', going);
  body.output('next', body.op('Add', [carried, x]));
  const attrs = { body: body.finish(), carried: 1, steps: 'steps' };
  b.output('last', b.op('Loop', [b.scalar('int64', 2), b.scalar('bool', 1), x], attrs));
  return b.finish();
}

const check = (graph: Graph) => () => checkGraph(registry, graph);

function replaceNode(graph: Graph, at: number, change: (node: Node) => Node): Graph {
  return { ...graph, nodes: graph.nodes.map((node, i) => (i === at ? change(node) : node)) };
}

describe('the graph checker', () => {
  it('passes what the builder builds', () => {
    expect(check(small())).not.toThrow();
    expect(check(withBody())).not.toThrow();
  });

  it('catches a value used before it is bound', () => {
    const graph = small();
    expect(check({ ...graph, nodes: [...graph.nodes].reverse() })).toThrow(/used before it is bound/);
    expect(check({ ...graph, inputs: [] })).toThrow(/small: x is used before it is bound: t0: f32\[2,3\] = Exp\(x\)/);
  });

  it('catches an output that nothing binds', () => {
    const graph = small();
    expect(check({ ...graph, nodes: graph.nodes.slice(0, 1) })).toThrow(/y is used before it is bound: as an output/);
  });

  it('catches a value bound twice, also inside a body', () => {
    const graph = small();
    expect(check({ ...graph, nodes: [...graph.nodes, graph.nodes[0]!] })).toThrow(/t0 is bound twice/);
    const outer = withBody();
    const clash = replaceNode(outer, 0, (node) => {
      if (node.op !== 'Loop') return node;
      const { body } = node.attrs;
      const inputs = body.inputs.map((value) => (value.name === 'i' ? { ...value, name: 'x' } : value));
      return { ...node, attrs: { ...node.attrs, body: { ...body, inputs } } };
    });
    expect(check(clash)).toThrow(/body: x is bound twice/);
  });

  it('catches a type other than the rule says', () => {
    const wrong = replaceNode(small(), 0, (node) => {
      const outputs = [{ ...node.outputs[0]!, shape: [3, 2] }];
      return { ...node, outputs };
    });
    expect(check(wrong)).toThrow(/the rule says f32\[2,3\]: t0: f32\[3,2\] = Exp\(x\)/);
  });

  it('catches a value used under another type', () => {
    const wrong = replaceNode(small(), 0, (node) => ({ ...node, inputs: [{ ...node.inputs[0]!, dtype: 'float64' }] }));
    expect(check(wrong)).toThrow(/x is f32\[2,3\] but used as f64\[2,3\]/);
  });

  it('catches a constant of the wrong size', () => {
    const graph = small();
    const constants = graph.constants.map((constant) => ({ ...constant, data: new Float32Array(2) }));
    expect(check({ ...graph, constants })).toThrow(/f32\[\] holds 2 elements/);
  });

  it('catches a loop whose body does not give back what it takes', () => {
    const outer = withBody();
    const broken = replaceNode(outer, 0, (node) => {
      if (node.op !== 'Loop') return node;
      const { body } = node.attrs;
      return { ...node, attrs: { ...node.attrs, body: { ...body, outputs: body.outputs.slice(0, 1) } } };
    });
    expect(check(broken)).toThrow(GraphError);
    expect(check(broken)).toThrow(/carried outputs of the body are bool\[\], not bool\[\], f32\[2,3\]/);
  });
});

describe('the builder', () => {
  const wrong: Readonly<Record<string, (b: Builder) => unknown>> = {
    'Add(a: f32[2,3], b: f32[4]) in wrong: [2,3] and [4] do not broadcast': (b) =>
      b.op('Add', [b.input('a', type), b.input('b', tensorType('float32', [4]))]),
    'Gemm(a: f32[2,3], b: f32[2,3]) in wrong: [2,3] and [2,3] have no product': (b) =>
      b.op('Gemm', [b.input('a', type), b.input('b', type)], { transA: false, transB: false, alpha: 1, beta: 1 }),
    'Exp(a: i32[2]) in wrong: input 0 is i32[2], expected float32 or float64': (b) =>
      b.op('Exp', [b.input('a', tensorType('int32', [2]))]),
    'Reshape(a: f32[2,3]) in wrong: [2,3] does not reshape to [4]': (b) =>
      b.op('Reshape', [b.input('a', type)], { shape: [4] }),
    'Transpose(a: f32[2,3]) in wrong: axes [0,2] do not name axes of [2,3]': (b) =>
      b.op('Transpose', [b.input('a', type)], { perm: [0, 2] }),
    'Add(a: f32[2,3]) in wrong: takes 2 inputs, got 1': (b) => b.op('Add', [b.input('a', type)]),
    'Expand(a: f32[2,3]) in wrong: [2,3] does not expand to [1,3]': (b) =>
      b.op('Expand', [b.input('a', type)], { shape: [1, 3] }),
  };

  it.each(Object.keys(wrong))('refuses: %s', (message) => {
    expect(() => wrong[message]!(new Builder(registry, 'wrong'))).toThrow(new ShapeError(message));
  });

  it('keeps equal scalars once and refuses a name bound twice', () => {
    const b = new Builder(registry, 'names');
    expect(b.scalar('float32', 2)).toBe(b.body('inner').scalar('float32', 2));
    expect(b.scalar('float32', 0)).not.toBe(b.scalar('float32', -0));
    b.input('x', type);
    expect(() => b.input('x', type)).toThrow('the name x is bound twice');
  });
});
