/**
 * First steps of each optimizer. The paths are those of `torch.optim` 2.15.0 in float64 on the loss w^2 / 2, from 2, printed
 * with `%.17g`; the plain loops of the reference have to walk them too, as they are what compiled training is held to.
 */
import { describe, expect, it } from 'vitest';
import { movingValues, slotsOf } from '../../agent/engine/compile/structure.ts';
import { Builder } from '../../agent/engine/ir/graph.ts';
import { tensorType, type Value } from '../../agent/engine/ir/types.ts';
import { registry } from '../../agent/engine/ops/registry.ts';
import type { Rates } from '../../agent/engine/optim/optimizer.ts';
import { optimizerDef, optimizers } from '../../agent/engine/optim/optimizers.ts';
import { applyChain } from '../../agent/engine/optim/transform.ts';
import type { AdagradConfig, AdamConfig, OptimizerConfig, RmspropConfig, SgdConfig } from '../../shared/sweep/train.ts';
import { OPTIMIZERS } from './optimizer-configs.ts';
import { type Optimizing, optimizerStep } from './reference/optimizers.ts';
import type { Tensor } from './reference/tensor.ts';
import { openGraph } from './run-graph.ts';

const START = 2;

const SGD: SgdConfig = { type: 'sgd', lr: 0.1, momentum: 0, nesterov: false, weightDecay: 0 };
const ADAM: AdamConfig = { type: 'adam', lr: 0.1, beta1: 0.9, beta2: 0.999, eps: 1e-8, weightDecay: 0 };
const RMSPROP: RmspropConfig = {
  type: 'rmsprop',
  lr: 0.1,
  alpha: 0.99,
  eps: 1e-8,
  momentum: 0,
  centered: false,
  weightDecay: 0,
};
const ADAGRAD: AdagradConfig = {
  type: 'adagrad',
  lr: 0.1,
  lrDecay: 0,
  eps: 1e-10,
  initialAccumulatorValue: 0,
  weightDecay: 0,
};
const ADAM_OPTIONS = { beta1: 0.8, beta2: 0.95, eps: 0.01 };
const RMSPROP_OPTIONS = { alpha: 0.8, eps: 0.01 };
const RMSPROP_ALL = { ...RMSPROP, ...RMSPROP_OPTIONS, momentum: 0.9, centered: true, weightDecay: 0.5 };
const ADAGRAD_OPTIONS = { ...ADAGRAD, lrDecay: 0.5, eps: 0.01, initialAccumulatorValue: 0.3 };

type Path = readonly [name: string, config: OptimizerConfig, path: readonly number[]];

const PATHS: readonly Path[] = [
  ['SGD', SGD, [1.8, 1.62, 1.458, 1.3122]],
  ['SGD, momentum', { ...SGD, momentum: 0.9 }, [1.8, 1.44, 0.972, 0.4536]],
  [
    'SGD, nesterov',
    { ...SGD, momentum: 0.9, nesterov: true },
    [1.62, 1.1502, 0.65464200000000006, 0.18777581999999995],
  ],
  [
    'SGD, momentum and decay',
    { ...SGD, momentum: 0.9, weightDecay: 0.5 },
    [1.7, 1.175, 0.52624999999999966, -0.13656250000000045],
  ],
  [
    'SGD, nesterov and decay',
    { ...SGD, momentum: 0.9, nesterov: true, weightDecay: 0.5 },
    [1.43, 0.77944999999999987, 0.16486174999999975, -0.33002752375000033],
  ],
  ['Adam', ADAM, [1.9000000005, 1.8001664866210927, 1.7006233928121137, 1.6015048963195329]],
  [
    'Adam, betas and eps',
    { ...ADAM, ...ADAM_OPTIONS },
    [1.900497512437811, 1.8012571910667043, 1.7024618473545428, 1.6043049971113581],
  ],
  [
    'Adam, decay',
    { ...ADAM, weightDecay: 0.5 },
    [1.9000000003333333, 1.8001664862841649, 1.7006233923016814, 1.6015048956327915],
  ],
  [
    'AdamW',
    { ...ADAM, type: 'adamw', weightDecay: 0.5 },
    [1.8000000005, 1.6104122286682376, 1.431025244410647, 1.2616637967822144],
  ],
  [
    'AdamW, betas and eps',
    { ...ADAM, type: 'adamw', ...ADAM_OPTIONS, weightDecay: 0.2 },
    [1.8604975124378109, 1.7241754135212102, 1.591244164741243, 1.4619269203423237],
  ],
  ['RMSprop', RMSPROP, [1.0000000499999979, 0.55098679717003241, 0.30968740936240291, 0.17462843691914914]],
  [
    'RMSprop, alpha and eps',
    { ...RMSPROP, ...RMSPROP_OPTIONS },
    [1.7788655604450767, 1.6225802214924161, 1.4930763755109004, 1.3788235439700682],
  ],
  [
    'RMSprop, momentum',
    { ...RMSPROP, momentum: 0.9 },
    [1.0000000499999979, -0.3490131578299695, -1.4075419556835829, -1.8268078351123918],
  ],
  [
    'RMSprop, centered',
    { ...RMSPROP, centered: true },
    [0.99496223524583627, 0.54370533989883107, 0.3023406244254464, 0.16838854587497912],
  ],
  [
    'RMSprop, all options',
    RMSPROP_ALL,
    [1.7520661157024793, 1.3350276600651716, 0.80296485498310055, 0.21881341689480968],
  ],
  ['Adagrad', ADAGRAD, [1.9000000000049999, 1.831125053815932, 1.7758215150175451, 1.7285570378053192]],
  [
    'Adagrad, all options',
    ADAGRAD_OPTIONS,
    [1.9040143196198622, 1.8590847817335312, 1.8316131363925274, 1.8125773841693249],
  ],
  [
    'Adagrad, decay',
    { ...ADAGRAD, weightDecay: 0.5 },
    [1.9000000000033332, 1.8311250538134649, 1.7758215150145571, 1.7285570378019477],
  ],
];

/** Rates of six steps, zero among them; PyTorch's `param_groups[0]['lr']` was set to each before the step. */
const CHANGING = [0.1, 0.05, 0, 0, 0.2, 0.2];

const CHANGING_PATHS: readonly Path[] = [
  ['SGD, momentum', { ...SGD, momentum: 0.9 }, [1.8, 1.62, 1.62, 1.62, 0.21707999999999991, -1.0889640000000003]],
  [
    'SGD, nesterov and decay',
    { ...SGD, momentum: 0.9, nesterov: true, weightDecay: 0.5 },
    [1.43, 1.104725, 1.104725, 1.104725, -0.67078068250000022, -1.5881150577250001],
  ],
  [
    'AdamW',
    { ...ADAM, type: 'adamw', weightDecay: 0.5 },
    [1.8000000005, 1.7052061145841189, 1.7052061145841189, 1.7052061145841189, 1.3366268385391136, 1.0079311725213551],
  ],
  [
    'RMSprop, all options',
    RMSPROP_ALL,
    [
      1.7520661157024793, 1.5435468878838254, 1.5435468878838254, 1.5435468878838254, -0.074176920050254974,
      -1.5125515794373021,
    ],
  ],
  [
    'Adagrad, all options',
    ADAGRAD_OPTIONS,
    [
      1.9040143196198622, 1.8815495506766966, 1.8815495506766966, 1.8815495506766966, 1.8524897596240331,
      1.8299576688810302,
    ],
  ],
];

/** Parameters after each step, by the nodes the optimizer emits, in float64. */
async function descend(config: OptimizerConfig, rates: Rates, lrs: readonly number[]): Promise<readonly number[]> {
  const optimizer = optimizerDef(config);
  const chain = optimizer.chain(config);
  const slots = slotsOf(config);
  const scalarsAt = (lr: number, count: number): Readonly<Record<string, number>> => ({
    ...optimizer.hyper({ ...config, lr }, rates),
    ...movingValues(config, rates, { lr, count, scale: optimizer.slotDecay(config) ** count }),
  });
  const names = Object.keys(scalarsAt(1, 1));
  const b = new Builder(registry, 'optimizer');
  const type = tensorType('float64', [1]);
  const parameter = b.input('w', type);
  const before = slots.map(({ name }) => b.input(name, type));
  const scalars = new Map(names.map((name) => [name, b.input(`scalar ${name}`, tensorType('float64', []))]));
  const scalar = (name: string): Value => scalars.get(name)!;
  const seed = optimizer.seed(scalar, config);
  const gradient = seed === null ? parameter : b.op('Mul', [parameter, seed]);
  const result = applyChain(chain, { b, scalar, parameter }, gradient, before);
  const shrink = optimizer.shrink(config);
  const kept = shrink === null ? parameter : b.op('Mul', [parameter, scalar(shrink)]);
  b.output('next w', b.op('Add', [kept, result.update]));
  result.slots.forEach((slot, i) => {
    b.output(`next slot ${i}`, slot);
  });
  const runner = await openGraph(b.finish());
  const path: number[] = [];
  let state: Tensor[] = [START, ...slots.map(({ initial }) => initial)].map((value) => ({ shape: [1], data: [value] }));
  for (const [i, lr] of lrs.entries()) {
    const values = scalarsAt(lr, i + 1);
    const out = await runner.run([...state, ...names.map((name) => ({ shape: [], data: [values[name]!] }))]);
    state = [out.get('next w')!, ...slots.map((_, at) => out.get(`next slot ${at}`)!)];
    path.push(state[0]!.data[0]!);
  }
  await runner.release();
  return path;
}

function walk(config: OptimizerConfig, lrs: readonly number[]): readonly number[] {
  const run: Optimizing = { config };
  let weights = [START];
  return lrs.map((lr) => {
    weights = optimizerStep(run, weights, weights, lr);
    return weights[0]!;
  });
}

function expectPath(actual: readonly number[], expected: readonly number[]): void {
  expect(actual).toHaveLength(expected.length);
  actual.forEach((value, i) => {
    expect(value).toBeCloseTo(expected[i]!, 12);
  });
}

const constant = ({ lr }: OptimizerConfig, steps: number): readonly number[] => new Array<number>(steps).fill(lr);

describe('every optimizer', () => {
  it('has first steps of PyTorch, and is among those that are trained with', () => {
    const typesOf = (configs: readonly OptimizerConfig[]) => [...new Set(configs.map(({ type }) => type))].sort();
    expect(typesOf(PATHS.map(([, config]) => config))).toEqual(Object.keys(optimizers).sort());
    expect(typesOf(Object.values(OPTIMIZERS))).toEqual(Object.keys(optimizers).sort());
  });
});

describe('the reference in plain loops walks as PyTorch', () => {
  it.each(PATHS)('%s', (_, config, path) => expectPath(walk(config, constant(config, path.length)), path));
  it.each(CHANGING_PATHS)('%s, rates that change', (_, config, path) => expectPath(walk(config, CHANGING), path));
});

describe('the nodes of an optimizer walk as PyTorch', () => {
  it.each(PATHS)('%s', async (_, config, path) => {
    expectPath(await descend(config, 'fixed', constant(config, path.length)), path);
  });

  it.each(PATHS)('%s, a rate for each step', async (_, config, path) => {
    expectPath(await descend(config, 'per_step', constant(config, path.length)), path);
  });

  it.each(CHANGING_PATHS)('%s, rates that change, zero among them', async (_, config, path) => {
    expectPath(await descend(config, 'per_step', CHANGING), path);
  });

  const otherDecay: readonly (readonly [string, OptimizerConfig])[] = [
    ['SGD', { ...SGD, weightDecay: 0.5, decay: 'decoupled' }],
    ['SGD, nesterov', { ...SGD, momentum: 0.9, nesterov: true, weightDecay: 0.5, decay: 'decoupled' }],
    ['Adam', { ...ADAM, weightDecay: 0.5, decay: 'decoupled' }],
    ['AdamW', { ...ADAM, type: 'adamw', weightDecay: 0.5, decay: 'coupled' }],
    ['RMSprop', { ...RMSPROP, momentum: 0.9, weightDecay: 0.5, decay: 'decoupled' }],
    ['Adagrad', { ...ADAGRAD, weightDecay: 0.5, decay: 'decoupled' }],
  ];
  it.each(otherDecay)('%s, with the decay that PyTorch has no option for: as the plain loops', async (_, config) => {
    for (const rates of ['fixed', 'per_step'] as const) {
      const lrs = constant(config, 5);
      expectPath(await descend(config, rates, lrs), walk(config, lrs));
    }
  });
});

describe('what an optimizer carries', () => {
  const slots = (config: OptimizerConfig) => slotsOf(config).map(({ name }) => name);

  it('keeps slots only where it needs them', () => {
    expect(slots(SGD)).toEqual([]);
    expect(slots({ ...SGD, momentum: 0.9 })).toEqual(['scaled_momentum_buffer']);
    expect(slots({ ...SGD, momentum: 0.001 })).toEqual(['momentum_buffer']);
    expect(slots(ADAM)).toEqual(['gradient_sum', 'square_sum']);
    expect(slots(RMSPROP)).toEqual(['square_sum']);
    expect(slots(RMSPROP_ALL)).toEqual(['square_sum', 'gradient_sum', 'momentum_buffer']);
    expect(slotsOf(ADAGRAD_OPTIONS)).toEqual([{ name: 'sum', initial: 0.3 }]);
  });

  it('bias corrections are exact from the first step', () => {
    const { rate, eps } = movingValues(ADAM, 'fixed', { lr: 0.1, count: 1, scale: 1 });
    expect(rate).toBeCloseTo(-0.1, 15);
    expect(eps).toBeCloseTo(1e-8, 20);
  });
});
