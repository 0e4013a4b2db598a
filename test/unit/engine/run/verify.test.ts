import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createOrtEngine, verifyExport } from '../../../../agent/engine/index.ts';
import { Builder } from '../../../../agent/engine/ir/graph.ts';
import { tensorType } from '../../../../agent/engine/ir/types.ts';
import { writeModel } from '../../../../agent/engine/onnx/model.ts';
import { registry } from '../../../../agent/engine/ops/registry.ts';
import type { Engine, Examples, Structure, TrainingRun } from '../../../../agent/engine/port.ts';

const structure: Structure = {
  inputShape: [2],
  inputType: 'float32',
  classes: 3,
  layers: [{ type: 'dense', units: 3 }],
  loss: { type: 'cross_entropy' },
  optimizer: { type: 'sgd', lr: 0.1, momentum: 0, nesterov: false, weightDecay: 0 },
  batchSize: 2,
  preprocessing: { shift: 0, scale: 1 },
};
// More than are verified at a time.
const ROWS = 501;
const examples: Examples = {
  features: Float32Array.from({ length: 2 * ROWS }, (_, i) => Math.sin(i)),
  shape: [2],
  labels: Int32Array.from({ length: ROWS }, (_, row) => row % 3),
  rows: ROWS,
};

let engine: Engine;
let run: TrainingRun;
beforeAll(async () => {
  engine = await createOrtEngine({ threads: 1 });
  const { layers, optimizer } = structure;
  run = await (await engine.compile(structure)).start({ seed: 1, train: examples, layers, optimizer });
});
afterAll(async () => {
  run?.dispose();
  await engine?.close();
});

describe('an exported model', () => {
  it('deviates by the largest difference of any row, in the last of them too', async () => {
    const scores = await run.predict(examples);
    const model = run.exportOnnx({});
    expect((await verifyExport(model, examples, scores)).maxDeviation).toBeLessThan(1e-6);
    const last = scores.map((score, i) => (i === scores.length - 1 ? score - 2 : score));
    expect((await verifyExport(model, examples, last)).maxDeviation).toBeCloseTo(2, 5);
    const broken = scores.map((score, i) => (i === 0 ? Number.NaN : score));
    expect((await verifyExport(model, examples, broken)).maxDeviation).toBeNaN();
  });

  it('is refused where it has other outputs than the run that it is held against', async () => {
    const ofTwoClasses = new Float32Array(2 * ROWS);
    await expect(verifyExport(run.exportOnnx({}), examples, ofTwoClasses)).rejects.toMatchObject({
      code: 'E_EXPORT_OUTPUT',
      message: '500 rows gave 1500 scores, not 2 each',
      fix: 'verify the model against the outputs of the run that exported it',
    });
  });

  it('is refused where it gives neither logits nor predictions', async () => {
    const b = new Builder(registry, 'foreign');
    b.output('scores', b.op('Identity', [b.input('input', tensorType('float32', ['rows', 2]))]));
    await expect(
      verifyExport(writeModel(b.finish(), { opset: 17 }), examples, new Float32Array(ROWS)),
    ).rejects.toMatchObject({
      code: 'E_EXPORT_OUTPUT',
      message: 'the model gives scores, neither logits nor predictions',
    });
  });
});
