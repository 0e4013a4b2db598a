import { describe, expect, it } from 'vitest';
import { compileEvalStep } from '../../agent/engine/compile/eval-step.ts';
import { compileExport } from '../../agent/engine/compile/export.ts';
import { initialParameters, stateTensors } from '../../agent/engine/compile/structure.ts';
import { parameterValues, referenceOf, smallRows, smallStructure } from './problems.ts';
import { lossOf, scoresOf } from './reference/mlp.ts';
import { evaluateRows, firstState } from './run-compiled.ts';
import { openGraph, runGraph } from './run-graph.ts';

const SEED = 11;
const ROWS = smallRows(17);
const STRUCTURE = smallStructure({ preprocessing: { shift: 0.25, scale: 2 } });
const PARAMETERS = initialParameters(STRUCTURE, SEED);
const REFERENCE = referenceOf(STRUCTURE, SEED);
const PREPROCESSED = ROWS.x.map((row) => row.map((value) => (value - 0.25) * 2));
const SCORES = PREPROCESSED.map((row) => scoresOf(REFERENCE, row));

const argMax = (values: readonly number[]): number => values.indexOf(Math.max(...values));
const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);

function expectScores(actual: readonly number[]): void {
  SCORES.flat().forEach((score, i) => {
    expect(actual[i]).toBeCloseTo(score, 5);
  });
}

describe('evaluation', () => {
  it.each([1, 5, 17, 40])('counts every row once with blocks of %i rows', async (blockRows) => {
    const compiled = compileEvalStep(STRUCTURE, blockRows);
    const runner = await openGraph(compiled.graph, compiled.opset);
    const state = firstState(
      stateTensors(STRUCTURE).filter(({ kind }) => kind === 'parameter'),
      parameterValues(PARAMETERS),
    );
    const result = await evaluateRows(runner, compiled, ROWS, blockRows, state);
    await runner.release();
    const losses = PREPROCESSED.map((row, i) => lossOf(REFERENCE, row, ROWS.labels[i]!));
    expect(sum(result.get('loss_sums')!.data)).toBeCloseTo(sum(losses), 4);
    const right = SCORES.filter((scores, i) => argMax(scores) === ROWS.labels[i]).length;
    expect(sum(result.get('correct')!.data)).toBe(right);
    expect(result.get('logits')!.shape).toEqual([Math.ceil(17 / blockRows), blockRows, 4]);
    expectScores(result.get('logits')!.data.slice(0, 17 * 4));
  });
});

describe('the exported model', () => {
  it('takes raw rows of any number and gives scores and probabilities', async () => {
    const compiled = compileExport(STRUCTURE, PARAMETERS);
    expect(compiled.opset).toBe(17);
    expect(compiled.signature.inputs).toEqual([
      { name: 'input', dtype: 'float32', shape: ['batch', 2, 3], role: { kind: 'examples' } },
    ]);
    const runner = await openGraph(compiled.graph, compiled.opset);
    const all = await runner.run([{ shape: [17, 2, 3], data: ROWS.x.flat() }]);
    expectScores(all.get('logits')!.data);
    const one = await runner.run([{ shape: [1, 2, 3], data: ROWS.x[0]! }]);
    await runner.release();
    expect(one.get('logits')!.shape).toEqual([1, 4]);
    const probabilities = one.get('probabilities')!.data;
    const exps = SCORES[0]!.map((score) => Math.exp(score));
    probabilities.forEach((p, i) => {
      expect(p).toBeCloseTo(exps[i]! / sum(exps), 6);
    });
  });

  it('has no trace of dropout', async () => {
    const layers = [
      { type: 'dense', units: 5, activation: 'relu' },
      { type: 'dropout', rate: 0.5 },
      { type: 'dense', units: 4 },
    ] as const;
    const structure = smallStructure({ layers });
    const { graph, opset } = compileExport(structure, initialParameters(structure, SEED));
    expect(graph.nodes.map((node) => node.op)).toEqual(['Reshape', 'Gemm', 'Relu', 'Gemm', 'Softmax']);
    const result = await runGraph(graph, [{ shape: [17, 2, 3], data: ROWS.x.flat() }], opset);
    expect(result.get('logits')!.shape).toEqual([17, 4]);
  });
});
