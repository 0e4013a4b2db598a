import { describe, expect, it } from 'vitest';
import { foldAddIntoGemm, foldScaleIntoGemm } from '../../../agent/engine/compile/fold-gemm.ts';
import { dropIdentities, dropUnused, hoistInvariants } from '../../../agent/engine/compile/passes.ts';
import { checkGraph } from '../../../agent/engine/ir/check.ts';
import { Builder } from '../../../agent/engine/ir/graph.ts';
import type { Graph } from '../../../agent/engine/ir/op.ts';
import { tensorType, type Value } from '../../../agent/engine/ir/types.ts';
import { registry } from '../../../agent/engine/ops/registry.ts';

const square = tensorType('float32', [3, 3]);
const PLAIN = { transA: false, transB: false, alpha: 2, beta: 1 } as const;

function build(make: (b: Builder, x: Value, y: Value) => readonly Value[]): Graph {
  const b = new Builder(registry, 'pass');
  make(b, b.input('x', square), b.input('y', square)).forEach((value, i) => {
    b.output(`out${i}`, value);
  });
  return b.finish();
}

const opsOf = (graph: Graph): readonly string[] => graph.nodes.map((node) => node.op);

function applied(graph: Graph, ...passes: readonly ((graph: Graph) => Graph)[]): Graph {
  const result = passes.reduce((current, pass) => pass(current), graph);
  checkGraph(registry, result);
  return result;
}

describe('folding into Gemm', () => {
  it('takes the addend of a product that is used once', () => {
    const graph = build((b, x, y) => [b.op('Add', [b.op('Neg', [y]), b.op('Gemm', [x, y], PLAIN)])]);
    expect(opsOf(applied(graph, dropIdentities, foldAddIntoGemm))).toEqual(['Neg', 'Gemm']);
  });

  it('leaves a product alone that is used twice, has a C, or is added to another shape', () => {
    const twice = build((b, x, y) => {
      const product = b.op('Gemm', [x, y], PLAIN);
      return [b.op('Add', [product, x]), product];
    });
    const full = build((b, x, y) => [b.op('Add', [b.op('Gemm', [x, y, x], PLAIN), y])]);
    const broadcast = build((b, x, y) => [b.op('Add', [b.op('Gemm', [x, y], PLAIN), b.scalar('float32', 1)])]);
    for (const graph of [twice, full, broadcast]) expect(opsOf(applied(graph, foldAddIntoGemm))).toEqual(opsOf(graph));
  });

  it('moves a constant factor of an operand into alpha', () => {
    const graph = build((b, x, y) => [b.op('Gemm', [b.op('Mul', [x, b.scalar('float32', 0.5)]), y], PLAIN)]);
    const folded = applied(graph, dropIdentities, foldScaleIntoGemm(graph.constants), dropUnused);
    expect(folded.nodes.map(({ op, attrs }) => ({ op, ...attrs }))).toEqual([{ op: 'Gemm', ...PLAIN, alpha: 1 }]);
    expect(folded.constants).toEqual([]);
  });

  it('keeps a factor that is not a constant scalar', () => {
    const graph = build((b, x, y) => [b.op('Gemm', [b.op('Mul', [x, y]), y], PLAIN)]);
    expect(opsOf(applied(graph, foldScaleIntoGemm(graph.constants)))).toEqual(opsOf(graph));
  });
});

describe('cleaning up', () => {
  it('moves what does not change out of a loop', () => {
    const b = new Builder(registry, 'outer');
    const x = b.input('x', square);
    const body = b.body('body');
    body.input('i', tensorType('int64', []));
    const going = body.input('going', tensorType('bool', []));
    const carried = body.input('carried', square);
    body.output('go on', going);
    body.output('next', body.op('Add', [carried, body.op('Exp', [body.op('Neg', [x])])]));
    const attrs = { body: body.finish(), carried: 1, steps: 'steps' };
    b.output('last', b.op('Loop', [b.scalar('int64', 2), b.scalar('bool', 1), x], attrs));
    const hoisted = applied(b.finish(), hoistInvariants);
    expect(opsOf(hoisted)).toEqual(['Neg', 'Exp', 'Loop', 'Identity']);
    const loop = hoisted.nodes[2]!;
    expect(loop.op === 'Loop' && opsOf(loop.attrs.body)).toEqual(['Identity', 'Add', 'Identity']);
  });

  it('drops an Identity before an output, but not one that hands on an input or a second name', () => {
    const graph = build((b, x) => {
      const y = b.op('Exp', [x]);
      return [y, y, x];
    });
    const cleaned = applied(graph, dropIdentities);
    expect(opsOf(cleaned)).toEqual(['Exp', 'Identity', 'Identity']);
    expect(cleaned.outputs.map((value) => value.name)).toEqual(['out0', 'out1', 'out2']);
  });

  it('drops nodes and constants that lead nowhere', () => {
    const graph = build((b, x) => {
      b.op('Add', [b.op('Exp', [x]), b.scalar('float32', 3)]);
      return [b.op('Neg', [x])];
    });
    const cleaned = applied(graph, dropUnused);
    expect(opsOf(cleaned)).toEqual(['Neg', 'Identity']);
    expect(cleaned.constants).toEqual([]);
  });
});
