/**
 * The same training in TensorFlow.js, in the form that was fastest of those tried: weights as `[in, out]` (1.4x faster than
 * transposing in the product) and batches gathered in JavaScript (1.4x faster than `tf.gather`).
 */
import { createRequire } from 'node:module';
import { dirname, sep } from 'node:path';
import * as tf from '@tensorflow/tfjs';
import { setThreadsCount, setWasmPaths } from '@tensorflow/tfjs-backend-wasm';
import {
  BATCH,
  CLASSES,
  COMPARED_STEPS,
  type Contestant,
  LEARNING_RATE,
  MOMENTUM,
  PIXELS,
  type Weights,
  type Workload,
} from './workload.ts';

export type TfjsBackend = 'wasm' | 'cpu';

const STEPS_PER_ROUND: Readonly<Record<TfjsBackend, number>> = { wasm: 100, cpu: 20 };

async function selectBackend(backend: TfjsBackend): Promise<void> {
  if (backend === 'wasm') {
    const packageFile = createRequire(import.meta.url).resolve('@tensorflow/tfjs-backend-wasm');
    setWasmPaths(dirname(packageFile) + sep);
    setThreadsCount(1);
    tf.env().set('WASM_HAS_MULTITHREAD_SUPPORT', false);
  }
  if (!(await tf.setBackend(backend))) throw new Error(`tfjs has no ${backend} backend here`);
  await tf.ready();
}

export async function openTfjs(
  backend: TfjsBackend,
  { train, order }: Workload,
  weights: Weights,
): Promise<Contestant> {
  tf.enableProdMode();
  await selectBackend(backend);
  const pixels = Float32Array.from(train.features, (pixel) => pixel / 255);
  const variables = weights.map(({ shape, values }) => {
    const tensor = tf.tensor(values, [...shape]);
    return tf.variable(shape.length === 2 ? tf.transpose(tensor) : tensor);
  });
  const [w1, b1, w2, b2] = variables as [tf.Variable, tf.Variable, tf.Variable, tf.Variable];
  const optimizer = tf.train.momentum(LEARNING_RATE, MOMENTUM);

  function batchAt(at: number): { readonly x: tf.Tensor2D; readonly y: tf.Tensor2D } {
    const x = new Float32Array(BATCH * PIXELS);
    const y = new Float32Array(BATCH * CLASSES);
    for (let i = 0; i < BATCH; i++) {
      const row = order[at * BATCH + i]!;
      x.set(pixels.subarray(row * PIXELS, (row + 1) * PIXELS), i * PIXELS);
      y[i * CLASSES + train.labels[row]!] = 1;
    }
    return { x: tf.tensor2d(x, [BATCH, PIXELS]), y: tf.tensor2d(y, [BATCH, CLASSES]) };
  }

  /** The loss is handed out only where it is asked for: reading it is no part of training. */
  function step(at: number, returnLoss: boolean): tf.Scalar | null {
    const result = tf.tidy(() => {
      const { x, y } = batchAt(at);
      return optimizer.minimize(() => {
        const hidden = tf.relu(tf.matMul(x, w1 as unknown as tf.Tensor2D).add(b1));
        const logits = tf.matMul(hidden as tf.Tensor2D, w2 as unknown as tf.Tensor2D).add(b2);
        return tf.losses.softmaxCrossEntropy(y, logits) as tf.Scalar;
      }, returnLoss) as tf.TensorContainer;
    });
    return result as tf.Scalar | null;
  }

  const firstLosses = Array.from({ length: COMPARED_STEPS }, (_, at) => {
    const loss = step(at, true)!;
    const [value] = loss.dataSync();
    loss.dispose();
    return value!;
  });

  return {
    name: `tfjs ${tf.version.tfjs} ${backend}`,
    firstLosses,
    stepsPerRound: STEPS_PER_ROUND[backend],
    async train() {
      await tf.setBackend(backend);
      for (let at = 0; at < STEPS_PER_ROUND[backend]; at++) step(at, false);
      // Waits until all is computed.
      b2.dataSync();
    },
    async close() {
      await tf.setBackend(backend);
      tf.dispose(variables);
      optimizer.dispose();
    },
  };
}
