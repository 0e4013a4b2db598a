import { describe, expect, it } from 'vitest';
import { addScaledInOnePass } from '../../../agent/engine/compile/add-scaled.ts';
import { castLate } from '../../../agent/engine/compile/cast-late.ts';
import { foldAddIntoGemm } from '../../../agent/engine/compile/fold-gemm.ts';
import { foldScaleIntoGemm } from '../../../agent/engine/compile/fold-scale.ts';
import { dropIdentities, dropUnused, hoistInvariants, joinReshapes } from '../../../agent/engine/compile/passes.ts';
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

  /** 0.5 x, padded, copied and turned, as both factors of one product and one factor of another. */
  const moved = (edge: number, read: (b: Builder, scaled: Value) => readonly Value[]): Graph =>
    build((b, x, y) => {
      const scaled = b.op('Mul', [x, b.scalar('float32', 0.5)]);
      const row = b.constant(tensorType('float32', [1, 3]), Float32Array.of(edge, 0, 0));
      const index = b.constant(tensorType('int32', [3]), Int32Array.of(3, 0, 2));
      const padded = b.op('Concat', [scaled, row], { axis: 0 });
      const taken = b.op('Transpose', [b.op('Gather', [padded, index], { axis: 0 })], { perm: [1, 0] });
      return [b.op('Gemm', [taken, taken], PLAIN), b.op('Gemm', [y, taken, y], PLAIN), ...read(b, scaled)];
    });

  it('moves it there past copies, zeros and turns, once for each factor', () => {
    const graph = moved(0, () => []);
    const folded = applied(graph, dropIdentities, foldScaleIntoGemm(graph.constants), dropUnused);
    expect(opsOf(folded)).toEqual(['Concat', 'Gather', 'Transpose', 'Gemm', 'Gemm']);
    expect(folded.nodes.flatMap((node) => (node.op === 'Gemm' ? [node.attrs.alpha] : []))).toEqual([0.5, 1]);
  });

  it('moves it there once, however often the value is copied into one factor', () => {
    const graph = build((b, x, y) => {
      const scaled = b.op('Mul', [x, b.scalar('float32', 0.5)]);
      const zeros = b.constant(tensorType('float32', [3, 3]), new Float32Array(9));
      return [b.op('Gemm', [y, b.op('Concat', [scaled, zeros, scaled], { axis: 1 })], PLAIN)];
    });
    const folded = applied(graph, dropIdentities, foldScaleIntoGemm(graph.constants), dropUnused);
    expect(opsOf(folded)).toEqual(['Concat', 'Gemm']);
    expect(folded.nodes.flatMap((node) => (node.op === 'Gemm' ? [node.attrs.alpha] : []))).toEqual([1]);
  });

  it('leaves it where anything but products comes of it', () => {
    const besideOnes = moved(1, () => []);
    const read = moved(0, (b, scaled) => [b.op('Exp', [scaled])]);
    const handedOut = moved(0, (_, scaled) => [scaled]);
    const added = build((b, x, y) => [
      b.op('Gemm', [x, y, b.op('Reshape', [b.op('Mul', [x, b.scalar('float32', 0.5)])], { shape: [3, 3] })], PLAIN),
    ]);
    const shifted = build((b, x, y) => [
      b.op('Gemm', [b.op('Add', [b.op('Mul', [x, b.scalar('float32', 0.5)]), y]), y], PLAIN),
    ]);
    const bent = build((b, x, y) => [
      b.op('Gemm', [b.op('Relu', [b.op('Mul', [x, b.scalar('float32', 0.5)])]), y], PLAIN),
    ]);
    for (const graph of [besideOnes, read, handedOut, added, shifted, bent]) {
      const folded = applied(graph, dropIdentities, foldScaleIntoGemm(graph.constants), dropUnused);
      expect(opsOf(folded)).toContain('Mul');
      expect(
        folded.nodes.flatMap((node) => (node.op === 'Gemm' ? [node.attrs.alpha] : [])).every((by) => by === 2),
      ).toBe(true);
    }
  });
});

describe('adding a scaled tensor', () => {
  const sum = (shape: readonly number[], scalar: readonly number[]): readonly string[] => {
    const b = new Builder(registry, 'sum');
    const [w, v, s] = [b.input('w', tensorType('float32', shape)), b.input('v', tensorType('float32', shape)), scalar];
    b.output('y', b.op('Add', [w, b.op('Mul', [v, b.input('s', tensorType('float32', s))])]));
    return opsOf(applied(b.finish(), dropIdentities, addScaledInOnePass));
  };

  it('is one product for a column or a row, and a convolution for a large tensor', () => {
    expect(sum([5, 1], [1, 1])).toEqual(['Gemm']);
    expect(sum([1, 5], [1, 1])).toEqual(['Gemm']);
    expect(sum([256, 128], [1, 1])).toEqual(['Reshape', 'Reshape', 'Reshape', 'FusedConv', 'Reshape']);
  });

  it('stays a product and a sum where the product is read elsewhere', () => {
    const b = new Builder(registry, 'sum');
    const [w, v] = [b.input('w', tensorType('float32', [5, 1])), b.input('v', tensorType('float32', [5, 1]))];
    const product = b.op('Mul', [v, b.input('s', tensorType('float32', [1, 1]))]);
    b.output('y', b.op('Add', [w, product]));
    b.output('z', b.op('Exp', [product]));
    expect(opsOf(applied(b.finish(), dropIdentities, addScaledInOnePass))).toEqual(['Mul', 'Add', 'Exp']);
  });

  it('stays two nodes for what is neither, or where the scalar has no axes', () => {
    for (const [shape, scalar] of [
      [
        [5, 2],
        [1, 1],
      ],
      [[5, 1], []],
      [
        [1, 1],
        [1, 1],
      ],
      [[5], [1]],
    ] as const) {
      expect(sum(shape, scalar)).toEqual(['Mul', 'Add']);
    }
  });
});

describe('casting late', () => {
  const pixels = (read: (b: Builder, floats: Value) => readonly Value[]): Graph => {
    const b = new Builder(registry, 'pixels');
    const floats = b.op('Cast', [b.input('bytes', tensorType('uint8', [2, 6]))], { to: 'float32' });
    read(b, b.op('Mul', [b.scalar('float32', 0.5), floats])).forEach((value, i) => {
      b.output(`out${i}`, value);
    });
    return b.finish();
  };
  const turned = (b: Builder, x: Value): Value =>
    b.op('Transpose', [b.op('Reshape', [x], { shape: [2, 3, 2] })], { perm: [1, 2, 0] });

  it('turns bytes, and scales what came of them', () => {
    const late = applied(
      pixels((b, x) => [turned(b, x)]),
      dropIdentities,
      castLate,
    );
    expect(late.nodes.map(({ op, outputs: [y] }) => [op, y!.dtype, y!.shape])).toEqual([
      ['Reshape', 'uint8', [2, 3, 2]],
      ['Transpose', 'uint8', [3, 2, 2]],
      ['Cast', 'float32', [3, 2, 2]],
      ['Mul', 'float32', [3, 2, 2]],
    ]);
    expect(late.outputs.map(({ name }) => name)).toEqual(['out0']);
  });

  it('leaves alone what something else reads, and products of two tensors', () => {
    const shared = pixels((b, x) => [turned(b, x), b.op('Exp', [x])]);
    expect(opsOf(applied(shared, dropIdentities, castLate))).toEqual(opsOf(applied(shared, dropIdentities)));
    const squared = pixels((b, x) => [turned(b, b.op('Mul', [x, x]))]);
    expect(opsOf(applied(squared, dropIdentities, castLate))).toEqual(opsOf(applied(squared, dropIdentities)));
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

  it('joins reshapes, and drops them where the shape was the same before', () => {
    const graph = build((b, x) => {
      const flat = b.op('Reshape', [b.op('Exp', [x])], { shape: [9] });
      const back = b.op('Reshape', [flat], { shape: [3, 3] });
      return [b.op('Neg', [back]), b.op('Reshape', [flat], { shape: [1, 9] }), back];
    });
    const joined = applied(graph, joinReshapes, dropUnused);
    expect(opsOf(joined)).toEqual(['Exp', 'Neg', 'Reshape', 'Identity', 'Identity', 'Identity']);
    const [exp, neg, row] = joined.nodes;
    expect([neg!.inputs[0], row!.inputs[0]]).toEqual([exp!.outputs[0], exp!.outputs[0]]);
  });

  it('keeps a reshape to the shape before that is an output', () => {
    const graph = build((b, x) => {
      const flat = b.op('Reshape', [b.op('Exp', [x])], { shape: [9] });
      return [b.op('Reshape', [flat], { shape: [3, 3] })];
    });
    const joined = applied(graph, dropIdentities, joinReshapes, dropUnused);
    expect(opsOf(joined)).toEqual(['Exp', 'Reshape']);
    expect(joined.outputs.map(({ name }) => name)).toEqual(['out0']);
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
