/** Compiled training with every optimizer, clipped, accumulated and with rates that move, against plain loops in float64. */
import { describe, expect, it } from 'vitest';
import {
  hyperValues,
  initialParameters,
  ratesOf,
  slotsOf,
  stateTensors,
} from '../../agent/engine/compile/structure.ts';
import { type Accumulation, compileTrainStep } from '../../agent/engine/compile/train-step.ts';
import type { Structure } from '../../agent/engine/port.ts';
import { OPTIMIZERS } from './optimizer-configs.ts';
import { parameterValues, referenceOf, smallOrder, smallRows, smallStructure } from './problems.ts';
import { accumulatedStep, flatten } from './reference/mlp.ts';
import { type Chunk, firstState, movingOf, openTraining, type Rows } from './run-compiled.ts';

const SEED = 7;
const STEPS = 12;
const ROWS = smallRows(20);
const CASES = Object.entries(OPTIMIZERS);

interface Training {
  /** Batches of each step of the optimizer. */
  readonly steps: readonly (readonly (readonly number[])[])[];
  readonly rates?: readonly number[];
  readonly maxNorm?: number;
  readonly rows?: Rows;
}

async function train(
  structure: Structure,
  { steps, rates, maxNorm, rows = ROWS }: Training,
  stepsPerTrip: number,
  accumulation: Accumulation = {},
): Promise<Chunk> {
  const { optimizer } = structure;
  const slots = slotsOf(optimizer);
  const training = await openTraining(compileTrainStep(structure, steps[0]![0]!.length, stepsPerTrip, accumulation));
  try {
    return await training.run({
      rows,
      order: steps.flat(),
      hyper: {
        ...hyperValues(structure.layers, optimizer, ratesOf(structure)),
        ...(maxNorm === undefined ? {} : { max_grad_norm: maxNorm }),
      },
      moving: movingOf(structure, rates ?? steps.map(() => optimizer.lr)),
      state: firstState(stateTensors(structure), parameterValues(initialParameters(structure, SEED)), slots),
    });
  } finally {
    await training.release();
  }
}

function parametersOf(structure: Structure, chunk: Chunk): readonly number[] {
  const parameters = stateTensors(structure).filter(({ kind }) => kind === 'parameter');
  return parameters.flatMap(({ name }) => chunk.state.get(name)!.data);
}

function expectClose(actual: readonly number[], expected: readonly number[], tolerance: number): void {
  expect(actual).toHaveLength(expected.length);
  const deviations = actual.map((value, i) => Math.abs(value - expected[i]!));
  expect(Math.max(...deviations)).toBeLessThan(tolerance);
}

function expectPlainLoops(structure: Structure, chunk: Chunk, { steps, rates, maxNorm, rows = ROWS }: Training): void {
  const optimizing = { config: structure.optimizer };
  let layers = referenceOf(structure, SEED);
  const losses = steps.flatMap((batches, i) => {
    const given = batches.map((batch) => ({
      x: batch.map((row) => rows.x[row]!),
      labels: batch.map((row) => rows.labels[row]!),
    }));
    const lr = rates?.[i] ?? structure.optimizer.lr;
    const step = accumulatedStep(layers, optimizing, given, { lr, ...(maxNorm === undefined ? {} : { maxNorm }) });
    layers = step.layers;
    return step.losses;
  });
  expectClose(chunk.losses, losses, 4e-6);
  expectClose(parametersOf(structure, chunk), flatten(layers), 1e-5);
}

const single = (steps: number, batch = 3): Training['steps'] => smallOrder(steps, batch, 20).map((rows) => [rows]);

const RATES = [0.1, 0.1, 0.05, 0.02, 0, 0, 0.01, 0.08, 0.1, 0.1, 0.03, 0.001];

describe('a compiled step', () => {
  it.each(CASES)('%s: equals plain loops, however many steps a trip has', async (_, optimizer) => {
    const structure = smallStructure({ optimizer });
    const training = { steps: single(STEPS) };
    const chunk = await train(structure, training, 4);
    expectPlainLoops(structure, chunk, training);
    expect(await train(structure, training, 1)).toEqual(chunk);
    expect(await train(structure, training, 12)).toEqual(chunk);
  });

  it.each(CASES)('%s: with a rate for each step, zero among them', async (_, optimizer) => {
    const structure = smallStructure({ optimizer, rates: 'per_step' });
    const training = { steps: single(STEPS), rates: RATES.map((rate) => rate * (optimizer.type === 'sgd' ? 1 : 0.2)) };
    expectPlainLoops(structure, await train(structure, training, 4), training);
  });

  it.each(CASES)('%s: clipped by the norm of all gradients', async (_, optimizer) => {
    const structure = smallStructure({ optimizer, clipsGradients: true });
    for (const maxNorm of [0.1, 0.6, 100]) {
      const training = { steps: single(STEPS), maxNorm };
      expectPlainLoops(structure, await train(structure, training, 4), training);
    }
  });

  it.each(CASES)('%s: three batches a step', async (_, optimizer) => {
    const structure = smallStructure({ optimizer, accumulateBatches: 3 });
    const batches = smallOrder(STEPS, 3, 20);
    const steps = [0, 3, 6, 9].map((at) => batches.slice(at, at + 3));
    const chunk = await train(structure, { steps }, 2);
    expectPlainLoops(structure, chunk, { steps });
    expect(await train(structure, { steps }, 1)).toEqual(chunk);
  });

  it('one step of two batches and a shorter one, clipped', async () => {
    const structure = smallStructure({ optimizer: OPTIMIZERS.Adam!, accumulateBatches: 4, clipsGradients: true });
    const training = { steps: [[[0, 1, 2], [3, 4, 5], [6]]], maxNorm: 0.2 };
    const chunk = await train(structure, training, 1, { batches: 2, lastRows: 1 });
    expect(chunk.losses).toHaveLength(3);
    expectPlainLoops(structure, chunk, training);
  });

  const wide = {
    inputShape: [700],
    layers: [
      { type: 'dense', units: 48, activation: 'relu' },
      { type: 'dense', units: 4 },
    ],
  } as const;
  const large = ['SGD, decoupled decay', 'Adam, decay', 'AdamW', 'RMSprop, all options', 'Adagrad'];
  it.each(large)('%s: of weights large enough for forms of their own', async (name) => {
    const training = { steps: single(4), rows: smallRows(20, 700) };
    const optimizer = OPTIMIZERS[name]!;
    const slow = { ...optimizer, lr: optimizer.lr / 10 };
    const structure = smallStructure({ ...wide, optimizer: slow });
    const chunk = await train(structure, training, 4);
    expectPlainLoops(structure, chunk, training);
    expect(await train(structure, training, 1)).toEqual(chunk);
  });

  it('counts the steps of the optimizer, not the batches', async () => {
    const structure = smallStructure({ optimizer: OPTIMIZERS.Adam!, accumulateBatches: 2 });
    const compiled = compileTrainStep(structure, 3, 2);
    const rate = compiled.signature.inputs.find(({ name }) => name === 'moving/rate');
    expect(rate?.shape).toEqual(['trips', 2]);
    expect(compiled.signature.inputs.find(({ name }) => name === 'order')?.shape).toEqual(['trips', 4, 3]);
  });
});
