import { describe, expect, it } from 'vitest';
import { compileExport } from '../../../../agent/engine/compile/export.ts';
import { initialParameters } from '../../../../agent/engine/compile/structure.ts';
import { compileTrainStep } from '../../../../agent/engine/compile/train-step.ts';
import { writeModel } from '../../../../agent/engine/onnx/model.ts';
import { readModel } from '../../../../agent/engine/onnx/read-model.ts';
import { smallStructure } from '../../../engine/problems.ts';

describe('reading a model file', () => {
  const structure = smallStructure({
    layers: [
      { type: 'dense', units: 5, activation: 'relu' },
      { type: 'dense', units: 4 },
    ],
  });

  it('finds what the exported model was written with', () => {
    const parameters = initialParameters(structure, 1);
    const { graph, opset } = compileExport(structure, parameters);
    const summary = readModel(writeModel(graph, { opset, metadata: { 'sower.sweep': 'digits', note: 'überall' } }));
    expect(summary).toMatchObject({ producer: 'sower', opsets: { '': 17 }, irVersion: 8 });
    expect(summary.metadata).toEqual({ 'sower.sweep': 'digits', note: 'überall' });
    expect(summary.inputs).toEqual([
      { name: 'input', type: structure.inputType, shape: ['batch', ...structure.inputShape] },
    ]);
    expect(summary.outputs).toEqual([
      { name: 'logits', type: 'float32', shape: ['batch', 4] },
      { name: 'probabilities', type: 'float32', shape: ['batch', 4] },
    ]);
    expect(summary.ops).toMatchObject({ Gemm: 2, Relu: 1, Softmax: 1 });
    const trained = parameters.reduce((sum, { values }) => sum + values.length, 0);
    expect(summary.parameters).toBeGreaterThanOrEqual(trained);
  });

  it('counts the ops inside loops and knows other domains', () => {
    const { graph, opset } = compileTrainStep(smallStructure({ layers: [{ type: 'dense', units: 4 }] }), 5, 2);
    const { ops, inputs } = readModel(writeModel(graph, { opset }));
    expect(ops.Loop).toBe(1);
    expect(ops.Gemm).toBeGreaterThan(1);
    expect(inputs.map(({ name }) => name)).toContain('order');
  });

  it.each([
    ['text', new TextEncoder().encode('name: digits\nmethod: grid\n')],
    ['nothing', new Uint8Array(0)],
    [
      'half a model',
      writeModel(compileExport(structure, initialParameters(structure, 1)).graph, { opset: 17 }).subarray(0, 99),
    ],
  ])('refuses %s', (_, bytes) => {
    expect(() => readModel(bytes)).toThrow(RangeError);
  });
});
