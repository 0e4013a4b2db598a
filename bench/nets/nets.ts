/** The networks of the benchmarks, once: our engine and every peer build them from these layers. */
import type { Structure } from '../../agent/engine/index.ts';
import { EXIT, SowerError } from '../../shared/kernel/errors.ts';
import type { Activation, LayerConfig, OptimizerConfig, Pair } from '../../shared/sweep/train.ts';

/** What our steps per second are divided by: each the fastest of its forms. */
export type Rival = 'PyTorch' | 'JAX' | 'tfjs wasm' | 'tfjs cpu';

export interface BenchNet {
  readonly name: string;
  readonly title: string;
  readonly structure: Structure;
  readonly rows: number;
  /** A round trains `epochsPerRound` epochs of `epochSteps` batches: some tenths of a second. */
  readonly epochSteps: number;
  readonly epochsPerRound: number;
  /** `equal` within a tolerance, or only `falling` where engines draw different dropout masks. */
  readonly losses: 'equal' | 'falling';
  /** Who is asked to train it, and how many times as fast we must be; null: printed only. */
  readonly rivals: Readonly<Partial<Record<Rival, number | null>>>;
  /** Least share of the machine's Gemm rate, counted as direct convolution. */
  readonly gemmShare?: number;
  /** Left out unless asked for by name. */
  readonly slow?: true;
}

const LEARNING_RATE = 0.01;
const MOMENTUM: OptimizerConfig = { type: 'sgd', lr: LEARNING_RATE, momentum: 0.9, nesterov: false, weightDecay: 0 };
const ADAM: OptimizerConfig = { type: 'adam', lr: 0.001, beta1: 0.9, beta2: 0.999, eps: 1e-8, weightDecay: 0 };
const BATCH_NORM: LayerConfig = { type: 'batch_norm', eps: 1e-5, momentum: 0.1, affine: true };
const POOL: LayerConfig = { type: 'max_pool2d', kernelSize: [2, 2], stride: [2, 2], padding: [0, 0] };
const RELU: LayerConfig = { type: 'relu' };

function dense(units: number, activation?: Activation): LayerConfig {
  return { type: 'dense', units, ...(activation === undefined ? {} : { activation }) };
}

interface ConvOptions {
  readonly stride?: number;
  readonly padding?: Pair | 'same';
  readonly activation?: Activation;
}

function conv(outChannels: number, kernel: number, options: ConvOptions = {}): LayerConfig {
  const { stride = 1, padding = [0, 0], activation } = options;
  return {
    type: 'conv2d',
    outChannels,
    kernelSize: [kernel, kernel],
    stride: [stride, stride],
    padding,
    dilation: [1, 1],
    groups: 1,
    ...(activation === undefined ? {} : { activation }),
  };
}

interface StructureOptions {
  readonly inputShape?: readonly number[];
  readonly classes?: number;
  readonly optimizer?: OptimizerConfig;
  readonly batchSize?: number;
}

function structure(layers: readonly LayerConfig[], options: StructureOptions = {}): Structure {
  return {
    inputShape: [28, 28],
    inputType: 'uint8',
    classes: 10,
    layers,
    loss: { type: 'cross_entropy' },
    optimizer: MOMENTUM,
    batchSize: 32,
    preprocessing: { shift: 0, scale: 1 / 255 },
    ...options,
  };
}

const same = { padding: 'same', activation: 'relu' } as const;
const relu = { activation: 'relu' } as const;

const MLP = [dense(100, 'relu'), dense(10)];
const CONV8 = [conv(8, 3, same), POOL, dense(100, 'relu'), dense(10)];
const LENET_HEAD = [dense(120, 'relu'), dense(84, 'relu'), dense(10)];

/** Simonyan and Zisserman 2014, configuration B: 13 layers with weights. */
function vgg13(classes: number): readonly LayerConfig[] {
  const blocks = [64, 128, 256, 512, 512].flatMap((channels) => [
    conv(channels, 3, same),
    conv(channels, 3, same),
    POOL,
  ]);
  return [...blocks, dense(4096, 'relu'), dense(4096, 'relu'), dense(classes)];
}

const small = { rows: 10_000, losses: 'equal' } as const;

export const BENCH_NETS: readonly BenchNet[] = [
  {
    ...small,
    name: 'mlp',
    title: 'MLP 784-100-10, momentum',
    structure: structure(MLP),
    epochSteps: 312,
    epochsPerRound: 4,
    rivals: { PyTorch: 2.8, JAX: 1, 'tfjs wasm': 25 },
  },
  {
    ...small,
    name: 'conv8',
    title: '8 3x3, pool, dense 100, momentum',
    structure: structure(CONV8),
    epochSteps: 312,
    epochsPerRound: 1,
    rivals: { PyTorch: 2.4, JAX: null, 'tfjs cpu': 400 },
  },
  {
    ...small,
    name: 'seedB',
    title: '16 5x5 stride 2, 8 3x3, dense 100, momentum',
    structure: structure([
      conv(16, 5, { stride: 2, padding: [2, 2], ...relu }),
      conv(8, 3, same),
      dense(100, 'relu'),
      dense(10),
    ]),
    epochSteps: 312,
    epochsPerRound: 1,
    rivals: { PyTorch: 1.5, JAX: null },
  },
  {
    ...small,
    name: 'lenet',
    title: 'LeNet on 28x56, momentum',
    structure: structure([conv(6, 5, relu), POOL, conv(16, 5, relu), POOL, ...LENET_HEAD], { inputShape: [28, 56] }),
    epochSteps: 156,
    epochsPerRound: 1,
    rivals: { PyTorch: 2, JAX: null },
  },
  {
    ...small,
    name: 'wide',
    title: '64, 128, 256 3x3, dense 128, momentum',
    structure: structure([
      conv(64, 3, same),
      POOL,
      conv(128, 3, same),
      POOL,
      conv(256, 3, same),
      dense(128, 'relu'),
      dense(10),
    ]),
    epochSteps: 20,
    epochsPerRound: 1,
    rivals: { PyTorch: 1.4, JAX: null },
    gemmShare: 0.85,
  },
  {
    ...small,
    name: 'mlp-adam',
    title: 'MLP 784-100-10, Adam',
    structure: structure(MLP, { optimizer: ADAM }),
    epochSteps: 312,
    epochsPerRound: 2,
    rivals: { PyTorch: 1, JAX: null },
  },
  {
    ...small,
    name: 'conv8-adam',
    title: 'conv8, Adam',
    structure: structure(CONV8, { optimizer: ADAM }),
    epochSteps: 312,
    epochsPerRound: 1,
    rivals: { PyTorch: 1, JAX: null },
  },
  {
    ...small,
    name: 'mlp-dropout',
    title: 'MLP with dropout 0.5, momentum',
    structure: structure([dense(100, 'relu'), { type: 'dropout', rate: 0.5 }, dense(10)]),
    epochSteps: 312,
    epochsPerRound: 2,
    losses: 'falling',
    rivals: { PyTorch: 1, JAX: null },
  },
  {
    ...small,
    name: 'conv8-bn',
    title: 'conv8 with batch norm, momentum',
    structure: structure([conv(8, 3, { padding: 'same' }), BATCH_NORM, RELU, POOL, dense(100, 'relu'), dense(10)]),
    epochSteps: 312,
    epochsPerRound: 1,
    rivals: { PyTorch: 1, JAX: null },
  },
  {
    ...small,
    name: 'lenet-bn',
    title: 'LeNet on 28x56 with batch norm, momentum',
    structure: structure([conv(6, 5), BATCH_NORM, RELU, POOL, conv(16, 5), BATCH_NORM, RELU, POOL, ...LENET_HEAD], {
      inputShape: [28, 56],
    }),
    epochSteps: 156,
    epochsPerRound: 1,
    rivals: { PyTorch: 1, JAX: null },
  },
  {
    name: 'vgg13',
    title: 'VGG-13 at 224x224, 36 classes, momentum',
    structure: structure(vgg13(36), { inputShape: [3, 224, 224], classes: 36, batchSize: 8 }),
    rows: 64,
    epochSteps: 3,
    epochsPerRound: 1,
    losses: 'equal',
    rivals: { PyTorch: 1.2 },
    slow: true,
  },
];

/** Throws SowerError E_BENCH_NET naming those there are. */
export function benchNet(name: string): BenchNet {
  const net = BENCH_NETS.find((candidate) => candidate.name === name);
  if (net !== undefined) return net;
  throw new SowerError('E_BENCH_NET', `there is no benchmark network "${name}"`, {
    fix: `use one of ${BENCH_NETS.map((candidate) => candidate.name).join(', ')}`,
    exit: EXIT.usage,
  });
}
