import { describe, expect, it } from 'vitest';
import { inlineLoops } from '../../../agent/engine/compile/inline-loops.ts';
import { composeMissing } from '../../../agent/engine/compile/lower/missing.ts';
import { targets } from '../../../agent/engine/compile/target.ts';
import { compileTrainStep } from '../../../agent/engine/compile/train-step.ts';
import { Builder } from '../../../agent/engine/ir/graph.ts';
import type { Graph } from '../../../agent/engine/ir/op.ts';
import { tensorType } from '../../../agent/engine/ir/types.ts';
import { registry } from '../../../agent/engine/ops/registry.ts';
import { smallStructure } from '../../engine/problems.ts';
import { runGraph } from '../../engine/run-graph.ts';

const opsOf = (graph: Graph): readonly string[] => graph.nodes.map(({ op }) => op);

describe('compositions for providers without a kernel', () => {
  const rows = { shape: [4, 3], data: [1, 5, 5, -2, -3, -9, 0, 0, 0, 80, -80, 3] };

  it('find the first of the largest as ArgMax does, ties and all', async () => {
    const b = new Builder(registry, 'guess');
    const x = b.input('x', tensorType('float32', [4, 3]));
    b.output('at', b.op('Cast', [b.op('ArgMax', [x], { axis: 1 })], { to: 'int32' }));
    const composed = composeMissing(b.finish());
    expect((await runGraph(composed, [rows])).get('at')!.data).toEqual([1, 0, 0, 0]);
    expect(opsOf(composed)).toContain('ReduceMax');
  });

  it('go on from what was composed before', async () => {
    const b = new Builder(registry, 'guess');
    const x = b.input('x', tensorType('float32', [4, 3]));
    const scores = b.op('LogSoftmax', [x], { axis: 1 });
    b.output('at', b.op('Cast', [b.op('ArgMax', [scores], { axis: 1 })], { to: 'int32' }));
    expect((await runGraph(composeMissing(b.finish()), [rows])).get('at')!.data).toEqual([1, 0, 0, 0]);
  });

  it('find what is missing without IsNaN; what is not finite counts as missing, too', async () => {
    const b = new Builder(registry, 'filled');
    const x = b.input('x', tensorType('float32', [6]));
    b.output('y', b.op('Where', [b.op('IsNaN', [x]), b.scalar('float32', 7), x]));
    const composed = composeMissing(b.finish());
    expect(opsOf(composed)).not.toContain('IsNaN');
    const data = [1, Number.NaN, -2, 0, 3e38, Infinity];
    const [, , , , large] = Float32Array.from(data);
    expect((await runGraph(composed, [{ shape: [6], data }])).get('y')!.data).toEqual([1, 7, -2, 0, large, 7]);
  });

  it('take the logarithm of softmax without losing what underflows', async () => {
    const b = new Builder(registry, 'scores');
    const x = b.input('x', tensorType('float32', [4, 3]));
    b.output('y', b.op('LogSoftmax', [x], { axis: 1 }));
    const given = b.finish();
    const composed = composeMissing(given);
    expect(opsOf(composed)).not.toContain('LogSoftmax');
    const [expected, found] = [await runGraph(given, [rows]), await runGraph(composed, [rows])];
    found.get('y')!.data.forEach((value, i) => {
      expect(value).toBeCloseTo(expected.get('y')!.data[i]!, 5);
    });
    expect(found.get('y')!.data[10]).toBeCloseTo(-160, 3);
  });
});

describe('a loop written out', () => {
  it('leaves no loop, carries what the body carries and gives scanned values their axis', async () => {
    const outer = new Builder(registry, 'outer');
    const trips = outer.input('trips', tensorType('int64', []));
    const x = outer.input('x', tensorType('float32', [2]));
    const body = outer.body('body');
    body.input('trip', tensorType('int64', []));
    const going = body.input('going', tensorType('bool', []));
    const carried = body.input('carried', tensorType('float32', [2]));
    body.output('go on', going);
    body.output('next', body.op('Mul', [carried, body.scalar('float32', 3)]));
    body.output('seen', carried);
    const results = outer.outputsOf('Loop', [trips, outer.scalar('bool', 1), x], {
      body: body.finish(),
      carried: 1,
      steps: 'trips',
    });
    outer.output('last', results[0]!);
    outer.output('all', results[1]!);
    const graph = inlineLoops(outer.finish());
    expect(opsOf(graph)).not.toContain('Loop');
    const ran = await runGraph(graph, [
      { shape: [], data: [1] },
      { shape: [2], data: [5, 7] },
    ]);
    expect(ran.get('last')).toEqual({ shape: [2], data: [15, 21] });
    expect(ran.get('all')).toEqual({ shape: [1, 2], data: [5, 7] });
  });

  const TABLE = {
    columns: [
      { type: 'number', column: 0, fill: 1, shift: 2, scale: 3 },
      { type: 'one_hot', column: 4, categories: 3, fill: null },
    ],
  } as const;

  it.each([{ shift: 0, scale: 1 }, TABLE])(
    'is what a training graph for WebGPU is, of ops that it has',
    (preprocessing) => {
      const { graph } = compileTrainStep(
        smallStructure({ layers: [{ type: 'dense', units: 4 }], preprocessing }),
        3,
        8,
        {},
        targets.webgpu,
      );
      for (const op of ['Loop', 'LogSoftmax', 'FusedConv', 'BitShift', 'BitwiseXor', 'IsNaN'])
        expect(opsOf(graph)).not.toContain(op);
    },
  );
});
