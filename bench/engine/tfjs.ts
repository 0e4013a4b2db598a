/** The same training in TensorFlow.js, as its users write it: tensors in memory, `optimizer.minimize` per batch. */
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
  ROWS,
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
  const features = tf.tensor2d(
    Float32Array.from(train.features, (pixel) => pixel / 255),
    [ROWS, PIXELS],
  );
  const labels = tf.tidy(() => tf.oneHot(tf.tensor1d(train.labels, 'int32'), CLASSES).toFloat());
  const variables = weights.map(({ shape, values }) => tf.variable(tf.tensor(values, [...shape])));
  const [w1, b1, w2, b2] = variables as [tf.Variable, tf.Variable, tf.Variable, tf.Variable];
  const optimizer = tf.train.momentum(LEARNING_RATE, MOMENTUM);

  /** The loss is handed out only where it is asked for: reading it is no part of training. */
  function step(at: number, returnLoss: boolean): tf.Scalar | null {
    const result = tf.tidy(() => {
      const rows = tf.tensor1d(order.subarray(at * BATCH, (at + 1) * BATCH), 'int32');
      const x = tf.gather(features, rows);
      const y = tf.gather(labels, rows);
      return optimizer.minimize(() => {
        const hidden = tf.relu(tf.matMul(x, w1 as unknown as tf.Tensor2D, false, true).add(b1));
        const logits = tf.matMul(hidden as tf.Tensor2D, w2 as unknown as tf.Tensor2D, false, true).add(b2);
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
      tf.dispose([features, labels, ...variables]);
      optimizer.dispose();
    },
  };
}
