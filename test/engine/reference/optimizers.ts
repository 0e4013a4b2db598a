/** The rules of `torch.optim` over flat weights in float64, line by line as PyTorch's documentation writes them. */
import type {
  AdagradConfig,
  AdamConfig,
  OptimizerConfig,
  RmspropConfig,
  SgdConfig,
} from '../../../shared/sweep/train.ts';

export interface Optimizing {
  readonly config: OptimizerConfig;
  /** Steps done. */
  count?: number;
  readonly buffers?: Map<string, readonly number[]>;
}

type Vector = readonly number[];
type Buffer = (name: string, next: (old: number, i: number) => number, initial?: number) => Vector;

/** The weights after one step. `lr` in place of the configuration's, as a scheduler would set it. */
export function optimizerStep(run: Optimizing, weights: Vector, gradient: Vector, lr = run.config.lr): number[] {
  const { config } = run;
  run.count = (run.count ?? 0) + 1;
  const buffers = run.buffers ?? new Map<string, Vector>();
  Object.assign(run, { buffers });
  const buffer: Buffer = (name, next, initial = 0) => {
    const old = buffers.get(name) ?? weights.map(() => initial);
    const values = old.map(next);
    buffers.set(name, values);
    return values;
  };
  const decoupled = (config.decay ?? (config.type === 'adamw' ? 'decoupled' : 'coupled')) === 'decoupled';
  const { weightDecay } = config;
  const w = decoupled ? weights.map((value) => value * (1 - lr * weightDecay)) : weights;
  const g = decoupled ? gradient : gradient.map((value, i) => value + weightDecay * weights[i]!);
  const step = directionOf(config, g, buffer, run.count);
  return w.map((value, i) => value - lr * step[i]!);
}

/** What is multiplied by lr and subtracted. */
function directionOf(config: OptimizerConfig, g: Vector, buffer: Buffer, t: number): Vector {
  switch (config.type) {
    case 'sgd':
      return sgd(config, g, buffer);
    case 'adam':
    case 'adamw':
      return adam(config, g, buffer, t);
    case 'rmsprop':
      return rmsprop(config, g, buffer);
    case 'adagrad':
      return adagrad(config, g, buffer, t);
    default:
      return config satisfies never;
  }
}

function sgd({ momentum, nesterov }: SgdConfig, g: Vector, buffer: Buffer): Vector {
  const b = buffer('momentum_buffer', (old, i) => momentum * old + g[i]!);
  return nesterov ? g.map((value, i) => value + momentum * b[i]!) : b;
}

function adam({ beta1, beta2, eps }: AdamConfig, g: Vector, buffer: Buffer, t: number): Vector {
  const m = buffer('exp_avg', (old, i) => beta1 * old + (1 - beta1) * g[i]!);
  const v = buffer('exp_avg_sq', (old, i) => beta2 * old + (1 - beta2) * g[i]! ** 2);
  return m.map((value, i) => value / (1 - beta1 ** t) / (Math.sqrt(v[i]! / (1 - beta2 ** t)) + eps));
}

function rmsprop({ alpha, eps, momentum, centered }: RmspropConfig, g: Vector, buffer: Buffer): Vector {
  const square = buffer('square_avg', (old, i) => alpha * old + (1 - alpha) * g[i]! ** 2);
  const mean = centered ? buffer('grad_avg', (old, i) => alpha * old + (1 - alpha) * g[i]!) : g.map(() => 0);
  const scaled = g.map((value, i) => value / (Math.sqrt(square[i]! - mean[i]! ** 2) + eps));
  return momentum === 0 ? scaled : buffer('momentum_buffer', (old, i) => momentum * old + scaled[i]!);
}

function adagrad(config: AdagradConfig, g: Vector, buffer: Buffer, t: number): Vector {
  const sum = buffer('sum', (old, i) => old + g[i]! ** 2, config.initialAccumulatorValue);
  const fade = 1 + (t - 1) * config.lrDecay;
  return g.map((value, i) => value / fade / (Math.sqrt(sum[i]!) + config.eps));
}
