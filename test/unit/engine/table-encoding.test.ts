import { describe, expect, it } from 'vitest';
import { preprocess } from '../../../agent/engine/compile/batch.ts';
import { compileExport } from '../../../agent/engine/compile/export.ts';
import { initialParameters } from '../../../agent/engine/compile/structure.ts';
import { encodeRow, encodingPlan } from '../../../agent/engine/compile/table-encoding.ts';
import { Builder } from '../../../agent/engine/ir/graph.ts';
import { tensorType } from '../../../agent/engine/ir/types.ts';
import { registry } from '../../../agent/engine/ops/registry.ts';
import { type ColumnEncoding, preprocessedShape } from '../../../agent/engine/port.ts';
import { smallStructure } from '../../engine/problems.ts';
import { runGraph } from '../../engine/run-graph.ts';

const number = (column: number, changes: { fill?: number; shift?: number; scale?: number } = {}): ColumnEncoding => ({
  type: 'number',
  column,
  fill: null,
  shift: 0,
  scale: 1,
  ...changes,
});
const oneHot = (column: number, categories: number, fill: number | null = null): ColumnEncoding => ({
  type: 'one_hot',
  column,
  categories,
  fill,
});

const ROWS = [
  [1.5, 0, 7],
  [Number.NaN, 2, Number.NaN],
  [-3, Number.NaN, 9],
  [0.1, 3, 8],
];

/** What the graph makes of the rows, and of which ops it is. */
async function graphOf(columns: readonly ColumnEncoding[]) {
  const b = new Builder(registry, 'encode');
  const raw = b.input('raw', tensorType('float32', [ROWS.length, 3]));
  const structure = smallStructure({ inputShape: [3], preprocessing: { columns } });
  b.output('features', preprocess(b, raw, structure));
  const graph = b.finish();
  const { data, shape } = (await runGraph(graph, [{ shape: [ROWS.length, 3], data: ROWS.flat() }])).get('features')!;
  return { data, shape, ops: graph.nodes.map(({ op }) => op).filter((op) => op !== 'Identity') };
}

function hostOf(columns: readonly ColumnEncoding[]): readonly number[] {
  const plan = encodingPlan({ columns }, 3);
  const width = plan.entries.length;
  const features = new Float32Array(ROWS.length * width);
  const raw = Float32Array.from(ROWS.flat());
  ROWS.forEach((_, row) => {
    encodeRow(plan, raw, row * 3, features, row * width);
  });
  return [...features];
}

describe('the features of a table', () => {
  it('are the columns themselves, without a node, where nothing is asked for', async () => {
    const { data, ops } = await graphOf([number(0), number(1), number(2)]);
    expect(ops).toEqual([]);
    expect(data).toEqual([...Float32Array.from(ROWS.flat())]);
  });

  it.each<[string, readonly ColumnEncoding[], readonly number[], readonly string[]]>([
    [
      'numbers, filled and scaled',
      [number(0, { fill: 4, shift: 0.5, scale: 2 }), number(1, { fill: 1 }), number(2, { fill: 8, shift: 8 })],
      [2, 0, -1, 7, 2, 0, -7, 1, 1, -0.8, 3, 0],
      ['IsNaN', 'Where', 'Sub', 'Mul'],
    ],
    [
      'one-hot categories; codes beyond them and missing cells are none of them',
      [oneHot(1, 3)],
      [1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0],
      ['Gather', 'Gather', 'Equal', 'Cast'],
    ],
    [
      'one-hot categories, filled',
      [oneHot(1, 2, 1)],
      [1, 0, 0, 0, 0, 1, 0, 0],
      ['Gather', 'IsNaN', 'Where', 'Gather', 'Equal', 'Cast'],
    ],
    [
      'both, in the order written',
      [number(2, { fill: 7, scale: 0.5 }), oneHot(1, 2), number(0, { fill: 0 })],
      [3.5, 1, 0, 1.5, 3.5, 0, 0, 0, 4.5, 0, 0, -3, 4, 0, 0, Math.fround(0.1)],
      ['Gather', 'IsNaN', 'Where', 'Gather', 'Equal', 'Cast', 'Mul', 'Where'],
    ],
  ])('%s', async (_, columns, expected, wantedOps) => {
    const { data, shape, ops } = await graphOf(columns);
    expect(shape).toEqual([ROWS.length, ...preprocessedShape([3], { columns })]);
    expect(ops).toEqual(wantedOps);
    data.forEach((value, i) => {
      expect(value).toBeCloseTo(expected[i]!, 6);
    });
    expect(hostOf(columns)).toEqual(data);
  });

  it('stay missing where nothing fills them', async () => {
    const { data } = await graphOf([oneHot(1, 1), number(0, { scale: 2 })]);
    expect(data).toEqual([1, 3, 0, Number.NaN, 0, -6, 0, Math.fround(0.2)]);
    expect(hostOf([oneHot(1, 1), number(0, { scale: 2 })])).toEqual(data);
  });

  it('come from columns that there are', () => {
    expect(() => encodingPlan({ columns: [number(3)] }, 3)).toThrow('column 3 of 3');
  });

  it('are named after the input in an exported model', () => {
    const preprocessing = { columns: [oneHot(1, 3), number(0, { fill: 1, shift: 2 })] };
    const structure = smallStructure({ inputShape: [3], inputType: 'float32', preprocessing });
    const { graph } = compileExport(structure, initialParameters(structure, 1));
    const names = graph.nodes.flatMap(({ outputs }) => outputs.map(({ name }) => name));
    expect(names).toEqual(expect.arrayContaining(['input.gather', 'input.is_nan', 'input.where', 'input.equal']));
  });
});
