/** Trains a tiny model on a provider and on the CPU, so that a provider is trusted for what it does and not for its name. */
import { type Provider, targets } from '../compile/target.ts';
import type { Examples, Structure } from '../port.ts';
import { OrtProgram } from './program.ts';
import type { Trial } from './provider.ts';
import { reasonOf } from './reason.ts';

/** Ten batches: a run of several steps, and runs of one. */
const ROWS = 40;
const SHAPE = [1, 4, 4] as const;
const FEATURES = 16;
const CLASSES = 3;

/** Relative; kernels add in another order, and TF32 keeps three digits. */
const TOLERANCE = 5e-3;

const STRUCTURE: Structure = {
  inputShape: SHAPE,
  inputType: 'float32',
  classes: CLASSES,
  layers: [
    {
      type: 'conv2d',
      outChannels: 4,
      kernelSize: [3, 3],
      stride: [1, 1],
      padding: 'same',
      dilation: [1, 1],
      groups: 1,
      activation: 'relu',
    },
    { type: 'max_pool2d', kernelSize: [2, 2], stride: [2, 2], padding: [0, 0] },
    { type: 'dense', units: CLASSES },
  ],
  loss: { type: 'cross_entropy' },
  optimizer: { type: 'sgd', lr: 0.1, momentum: 0.9, nesterov: false, weightDecay: 0 },
  batchSize: 4,
  preprocessing: { shift: 0, scale: 1 },
};

/** Never throws: whatever keeps the provider from training is the reason. */
export async function tryProvider(provider: Provider): Promise<Trial> {
  try {
    const found = await lossesOn(provider);
    const expected = await lossesOn('cpu');
    const worst = Math.max(...expected.map((loss, i) => Math.abs(loss - found[i]!) / loss));
    if (found.length === expected.length && worst <= TOLERANCE) return { works: true };
    return { works: false, reason: `a tiny model trained there has other losses than on the CPU (off by ${worst})` };
  } catch (error) {
    return { works: false, reason: reasonOf(error) };
  }
}

async function lossesOn(provider: Provider): Promise<readonly number[]> {
  const program = new OrtProgram(STRUCTURE, { threads: 1, target: targets[provider] });
  try {
    const { layers, optimizer } = STRUCTURE;
    const run = await program.start({ seed: 1, train: examples(), layers, optimizer });
    try {
      const { losses } = await run.trainChunk(Int32Array.from({ length: ROWS }, (_, row) => row));
      const { loss } = await run.evaluate(examples());
      return [...losses, loss];
    } finally {
      run.dispose();
    }
  } finally {
    await program.close();
  }
}

function examples(): Examples {
  const wave = (i: number): number => Math.sin(i * i + 1);
  return {
    features: Float32Array.from({ length: ROWS * FEATURES }, (_, i) => wave(i)),
    shape: SHAPE,
    labels: Int32Array.from({ length: ROWS }, (_, row) => row % CLASSES),
    rows: ROWS,
  };
}
