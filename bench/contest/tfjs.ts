/**
 * The same training in TensorFlow.js, in the form that was fastest of those tried: dense weights as `[in, out]` (1.4x faster
 * than transposing in the product), images as NHWC, batches gathered in JavaScript (1.4x faster than `tf.gather`).
 */
import { createRequire } from 'node:module';
import { dirname, sep } from 'node:path';
import * as tf from '@tensorflow/tfjs';
import { setThreadsCount, setWasmPaths } from '@tensorflow/tfjs-backend-wasm';
import type { ParameterTensor } from '../../agent/engine/index.ts';
import type { OptimizerConfig } from '../../shared/sweep/train.ts';
import type { BenchNet } from '../nets/nets.ts';
import type { Workload } from '../nets/workload.ts';
import { openTfjsModel } from './tfjs-model.ts';

export type TfjsBackend = 'wasm' | 'cpu';

/** The pure JavaScript backend does a handful of steps a second. */
const STEPS: Readonly<Record<TfjsBackend, { readonly round: number; readonly compared: number }>> = {
  wasm: { round: 100, compared: 20 },
  cpu: { round: 4, compared: 4 },
};

export interface TfjsTraining {
  readonly library: string;
  readonly version: string;
  readonly stepsPerRound: number;
  readonly firstLosses: readonly number[];
  trainRound(): Promise<void>;
}

async function selectBackend(backend: TfjsBackend): Promise<void> {
  tf.enableProdMode();
  if (backend === 'wasm') {
    const packageFile = createRequire(import.meta.url).resolve('@tensorflow/tfjs-backend-wasm');
    setWasmPaths(dirname(packageFile) + sep);
    setThreadsCount(1);
    tf.env().set('WASM_HAS_MULTITHREAD_SUPPORT', false);
  }
  if (!(await tf.setBackend(backend))) throw new Error(`tfjs has no ${backend} backend here`);
  await tf.ready();
}

function makeOptimizer(config: OptimizerConfig): tf.Optimizer {
  switch (config.type) {
    case 'sgd':
      return tf.train.momentum(config.lr, config.momentum, config.nesterov);
    case 'adam':
      return tf.train.adam(config.lr, config.beta1, config.beta2, config.eps);
    default:
      throw new Error(`the tfjs benchmark has no optimizer ${config.type}`);
  }
}

/** Makes batch after batch, in JavaScript. Images of one channel need no other layout. */
function batchSource({ structure, ...net }: BenchNet, { train, order }: Workload) {
  const [height, width, ...more] = structure.inputShape;
  if (more.length > 0) throw new Error(`the tfjs benchmark takes images of one channel, not those of ${net.name}`);
  const { batchSize, classes } = structure;
  const size = height! * width!;
  if ('columns' in structure.preprocessing) throw new Error(`the contest is over images, and ${net.name} takes tables`);
  const { scale } = structure.preprocessing;
  const values = Float32Array.from(train.features, (value) => value * (scale as number));
  return (at: number): { readonly x: tf.Tensor; readonly y: tf.Tensor } => {
    const x = new Float32Array(batchSize * size);
    const y = new Float32Array(batchSize * classes!);
    for (let i = 0; i < batchSize; i++) {
      const row = order[at * batchSize + i]!;
      x.set(values.subarray(row * size, (row + 1) * size), i * size);
      y[i * classes! + train.labels[row]!] = 1;
    }
    return { x: tf.tensor(x, [batchSize, height!, width!, 1]), y: tf.tensor2d(y, [batchSize, classes!]) };
  };
}

export async function openTfjs(
  backend: TfjsBackend,
  net: BenchNet,
  work: Workload,
  parameters: readonly ParameterTensor[],
): Promise<TfjsTraining> {
  await selectBackend(backend);
  const { apply, last } = openTfjsModel(net.structure, parameters);
  const optimizer = makeOptimizer(net.structure.optimizer);
  const batchAt = batchSource(net, work);

  /** The loss is handed out only where it is asked for: reading it is no part of training. */
  function step(at: number, returnLoss: boolean): tf.Scalar | null {
    const loss = tf.tidy(() => {
      const { x, y } = batchAt(at);
      const compute = () => tf.losses.softmaxCrossEntropy(y, apply(x)) as tf.Scalar;
      return optimizer.minimize(compute, returnLoss) as tf.TensorContainer;
    });
    return loss as tf.Scalar | null;
  }

  const firstLosses = Array.from({ length: STEPS[backend].compared }, (_, at) => {
    const loss = step(at, true)!;
    const [value] = loss.dataSync();
    loss.dispose();
    return value!;
  });

  return {
    library: `tfjs ${backend}`,
    version: tf.version.tfjs,
    stepsPerRound: STEPS[backend].round,
    firstLosses,
    async trainRound() {
      for (let at = 0; at < STEPS[backend].round; at++) step(at, false);
      // Waits until all is computed.
      last.dataSync();
    },
  };
}
