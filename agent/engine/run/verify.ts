/** Runs an exported model as anybody would, without the engine that wrote it. */
import { SowerError } from '../../../shared/kernel/errors.ts';
import { readOpset } from '../onnx/read-opset.ts';
import type { Examples, VerifyExport } from '../port.ts';
import { floatsOf, makeTensor, openSession, type Session } from './session.ts';

/** Rows given to the model at a time. */
const BATCH_ROWS = 500;

/** Throws SowerError E_EXPORT_OUTPUT where the model has no `logits` (for numbers: `predictions`) of the expected size. */
export const verifyExport: VerifyExport = async (model, examples, expectedLogits) => {
  const session = await openSession(model, { threads: 1 });
  try {
    return { maxDeviation: await largestDeviation(session, examples, expectedLogits), opset: readOpset(model) };
  } finally {
    await session.release();
  }
};

async function largestDeviation(session: Session, examples: Examples, expected: Float32Array): Promise<number> {
  const { features, shape, rows } = examples;
  const width = shape.reduce((count, dim) => count * dim, 1);
  const type = features instanceof Uint8Array ? 'uint8' : 'float32';
  const classes = expected.length / rows;
  let largest = 0;
  for (let start = 0; start < rows; start += BATCH_ROWS) {
    const end = Math.min(rows, start + BATCH_ROWS);
    const input = makeTensor(type, features.subarray(start * width, end * width), [end - start, ...shape]);
    const outputs = await session.run({ input });
    const given = outputs.predictions ?? outputs.logits;
    if (given === undefined) {
      const names = Object.keys(outputs).join(', ');
      throw new SowerError('E_EXPORT_OUTPUT', `the model gives ${names}, neither logits nor predictions`, {
        fix: 'verify a model that this engine has exported',
      });
    }
    const logits = floatsOf(given);
    if (logits.length !== (end - start) * classes) {
      throw new SowerError('E_EXPORT_OUTPUT', `${end - start} rows gave ${logits.length} scores, not ${classes} each`, {
        fix: 'verify the model against the outputs of the run that exported it',
      });
    }
    for (let i = 0; i < logits.length; i++) {
      const deviation = Math.abs(logits[i]! - expected[start * classes + i]!);
      // A NaN on either side must not pass as agreement.
      largest = Number.isNaN(deviation) ? Number.NaN : Math.max(largest, deviation);
    }
  }
  return largest;
}
