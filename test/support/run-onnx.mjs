#!/usr/bin/env node
// Runs an exported model with onnxruntime-node alone, nothing of Sower's: node run-onnx.mjs MODEL IMAGES LABELS
// IMAGES and LABELS are IDX files, plain or packed; prints {"rows", "accuracy"}. Raw pixels go in: the model scales them.
import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { InferenceSession, Tensor } from 'onnxruntime-node';

const [modelPath, imagesPath, labelsPath] = process.argv.slice(2);

function readIdx(path) {
  const bytes = path.endsWith('.gz') ? gunzipSync(readFileSync(path)) : readFileSync(path);
  const shape = Array.from({ length: bytes[3] }, (_, axis) => bytes.readUInt32BE(4 + 4 * axis));
  return { shape, values: new Uint8Array(bytes.subarray(4 + 4 * shape.length)) };
}

const images = readIdx(imagesPath);
const labels = readIdx(labelsPath).values;
const session = await InferenceSession.create(modelPath);
const { logits, probabilities } = await session.run({ input: new Tensor('uint8', images.values, images.shape) });

const [rows, classes] = logits.dims;
let correct = 0;
for (let row = 0; row < rows; row++) {
  const scores = logits.data.subarray(row * classes, (row + 1) * classes);
  const shares = probabilities.data.subarray(row * classes, (row + 1) * classes);
  const sum = shares.reduce((total, share) => total + share, 0);
  if (Math.abs(sum - 1) > 1e-4) throw new Error(`the probabilities of row ${row} add up to ${sum}`);
  if (scores.indexOf(Math.max(...scores)) === labels[row]) correct++;
}
console.log(JSON.stringify({ rows, accuracy: correct / rows }));
