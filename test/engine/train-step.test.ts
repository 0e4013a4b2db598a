import { describe, expect, it } from 'vitest';
import { hyperValues, initialParameters, stateTensors } from '../../agent/engine/compile/structure.ts';
import { compileTrainStep } from '../../agent/engine/compile/train-step.ts';
import type { Structure } from '../../agent/engine/port.ts';
import type { SgdConfig } from '../../shared/sweep/train.ts';
import { PLAIN_SGD, parameterValues, referenceOf, smallOrder, smallRows, smallStructure } from './problems.ts';
import { flatten, trainStep } from './reference/mlp.ts';
import { type Chunk, type ChunkInputs, firstState, movingOf, openTraining, type Rows } from './run-compiled.ts';

const SEED = 7;
const STEPS = 12;
const ROWS = smallRows(20);

const inputsOf = (structure: Structure, rows: Rows, order: ChunkInputs['order']): ChunkInputs => ({
  rows,
  order,
  hyper: hyperValues(structure.layers, structure.optimizer),
  moving: movingOf(
    structure,
    order.map(() => structure.optimizer.lr),
  ),
  state: firstState(stateTensors(structure), parameterValues(initialParameters(structure, SEED))),
});

async function train(structure: Structure, inputs: ChunkInputs, stepsPerTrip = 1): Promise<Chunk> {
  const training = await openTraining(compileTrainStep(structure, inputs.order[0]!.length, stepsPerTrip));
  try {
    return await training.run(inputs);
  } finally {
    await training.release();
  }
}

/** Parameters in the reference's order. */
function parametersOf(structure: Structure, chunk: Chunk): readonly number[] {
  return stateTensors(structure)
    .filter(({ kind }) => kind === 'parameter')
    .flatMap(({ name }) => chunk.state.get(name)!.data);
}

function expectClose(actual: readonly number[], expected: readonly number[], tolerance: number): void {
  expect(actual).toHaveLength(expected.length);
  const deviations = actual.map((value, i) => Math.abs(value - expected[i]!));
  expect(Math.max(...deviations)).toBeLessThan(tolerance);
}

async function expectReference(structure: Structure, scale = 1, shift = 0, rows = ROWS): Promise<void> {
  const order = smallOrder(STEPS, structure.batchSize, rows.labels.length);
  const chunk = await train(structure, inputsOf(structure, rows, order), 4);
  let layers = referenceOf(structure, SEED);
  const sgd = { config: structure.optimizer };
  const losses = order.map((batch) => {
    const x = batch.map((row) => rows.x[row]!.map((value) => (value - shift) * scale));
    const step = trainStep(layers, sgd, { x, labels: batch.map((row) => rows.labels[row]!) });
    layers = step.layers;
    return step.loss;
  });
  expectClose(chunk.losses, losses, 2e-6);
  expectClose(parametersOf(structure, chunk), flatten(layers), 5e-6);
  const squares = flatten(layers).reduce((sum, weight) => sum + weight * weight, 0);
  expect(Math.abs(chunk.norm / squares - 1)).toBeLessThan(1e-5);
}

describe('a chunk of training', () => {
  const optimizers: Readonly<Record<string, Partial<SgdConfig>>> = {
    plain: {},
    momentum: { momentum: 0.9, lr: 0.1 },
    nesterov: { momentum: 0.9, lr: 0.1, nesterov: true },
    decay: { weightDecay: 0.05 },
    'momentum and decay': { momentum: 0.8, lr: 0.1, weightDecay: 0.02 },
    'nesterov and decay': { momentum: 0.8, lr: 0.1, weightDecay: 0.02, nesterov: true },
  };
  it.each(Object.keys(optimizers))('equals plain loops in float64: SGD, %s', async (name) => {
    await expectReference(smallStructure({ optimizer: { ...PLAIN_SGD, ...optimizers[name] } }));
  });

  it.each(['relu', 'sigmoid', 'tanh'] as const)('equals plain loops in float64: %s', async (activation) => {
    const layers = [
      { type: 'dense', units: 6, activation },
      { type: 'dense', units: 5, activation },
      { type: 'dense', units: 4 },
    ] as const;
    await expectReference(smallStructure({ layers }));
  });

  it('applies the preprocessing to raw features', async () => {
    await expectReference(smallStructure({ preprocessing: { shift: 0, scale: 0.5 } }), 0.5);
    await expectReference(smallStructure({ preprocessing: { shift: 0.25, scale: 2 } }), 2, 0.25);
  });

  const wide = smallStructure({
    inputShape: [700],
    layers: [
      { type: 'dense', units: 48, activation: 'relu' },
      { type: 'dense', units: 4 },
    ],
    preprocessing: { shift: 0, scale: 0.25 },
  });
  const wideRows = smallRows(20, 700);
  const folded: readonly Partial<SgdConfig>[] = [{}, { momentum: 0.9, weightDecay: 0.02 }];
  it.each(folded)('adds to large weights in place: %o', async (changes) => {
    const structure = { ...wide, optimizer: { ...PLAIN_SGD, lr: 0.05, ...changes } };
    const loop = compileTrainStep(structure, 3, 2).graph.nodes.find((node) => node.op === 'Loop');
    const accumulations = loop?.attrs.body.nodes.filter((node) => node.op === 'FusedConv');
    // The gradient of each of two steps; with momentum the buffer that is brought back, and each step's into the weights.
    expect(accumulations).toHaveLength('momentum' in changes ? 2 + 1 + 2 : 2);
    // The pixels' scale has gone into the product in front: the gradient is not multiplied on its own.
    expect(loop?.attrs.body.nodes.filter(({ outputs }) => outputs[0]!.name.endsWith('/scaled'))).toEqual([]);
    // What leaves the body is what was made, not a reshape of it, which would be a copy.
    const made = new Set(
      loop?.attrs.body.nodes.filter(({ op }) => op === 'Reshape').map(({ outputs }) => outputs[0]!.name),
    );
    const after = loop?.attrs.body.outputs.slice(1, 1 + stateTensors(structure).length) ?? [];
    expect(after.filter(({ name }) => made.has(name))).toEqual([]);
    await expectReference(structure, 0.25, 0, wideRows);
    const inputs = inputsOf(structure, wideRows, smallOrder(STEPS, 3, 20));
    expect(await train(structure, inputs, 4)).toEqual(await train(structure, inputs, 1));
  });

  it('is bit for bit the same however it is cut', async () => {
    const structure = smallStructure({
      optimizer: { ...PLAIN_SGD, momentum: 0.9 },
      layers: [
        { type: 'dense', units: 5, activation: 'relu' },
        { type: 'dropout', rate: 0.3 },
        { type: 'dense', units: 4 },
      ],
    });
    const order = smallOrder(STEPS, 3, ROWS.labels.length);
    const inputs = { ...inputsOf(structure, ROWS, order), seed: SEED };
    const [single, many] = await Promise.all([1, 4].map((n) => openTraining(compileTrainStep(structure, 3, n))));
    const whole = await single!.run(inputs);
    const part = (from: number, to: number): ChunkInputs => ({
      ...inputs,
      order: order.slice(from, to),
      moving: new Map([...inputs.moving!].map(([name, values]) => [name, values.slice(from, to)])),
      step: from,
    });
    const first = await many!.run(part(0, 8));
    const second = await single!.run({ ...part(8, STEPS), state: first.state });
    await Promise.all([single!.release(), many!.release()]);
    expect([...first.losses, ...second.losses]).toEqual(whole.losses);
    expect(second.state).toEqual(whole.state);
  });

  it('goes on with a shorter batch from the same state', async () => {
    const structure = smallStructure({ optimizer: { ...PLAIN_SGD, momentum: 0.9 } });
    const [full, short] = await Promise.all([3, 2].map((size) => openTraining(compileTrainStep(structure, size, 1))));
    const inputs = inputsOf(structure, ROWS, [
      [0, 1, 2],
      [3, 4],
    ]);
    const step = (at: number): ReadonlyMap<string, readonly number[]> =>
      new Map([...inputs.moving!].map(([name, values]) => [name, [values[at]!]]));
    const first = await full!.run({ ...inputs, order: [[0, 1, 2]], moving: step(0) });
    const second = await short!.run({ ...inputs, order: [[3, 4]], moving: step(1), state: first.state });
    await Promise.all([full!.release(), short!.release()]);

    let layers = referenceOf(structure, SEED);
    const sgd = { config: structure.optimizer };
    for (const rows of [
      [0, 1, 2],
      [3, 4],
    ]) {
      const batch = { x: rows.map((row) => ROWS.x[row]!), labels: rows.map((row) => ROWS.labels[row]!) };
      layers = trainStep(layers, sgd, batch).layers;
    }
    expectClose(parametersOf(structure, second), flatten(layers), 2e-6);
  });

  it('stops after the first loss that is not finite', async () => {
    const structure = smallStructure();
    const poisoned: Rows = { ...ROWS, x: ROWS.x.map((row, i) => (i === 5 ? row.map(() => Number.NaN) : row)) };
    const order = [
      [0, 1, 2],
      [3, 4, 6],
      [5, 7, 8],
      [0, 1, 2],
    ];
    const chunk = await train(structure, inputsOf(structure, poisoned, order));
    expect(chunk.losses).toHaveLength(3);
    expect(chunk.losses.map(Number.isFinite)).toEqual([true, true, false]);
    expect(Number.isFinite(chunk.norm)).toBe(false);
  });

  it('takes uint8 rows', async () => {
    const bytes = ROWS.x.map((row) => row.map((value) => Math.round((value + 1) * 127)));
    const structure = smallStructure({ inputType: 'uint8', preprocessing: { shift: 0, scale: 1 / 255 } });
    const order = smallOrder(STEPS, 3, 20);
    const asBytes = await train(structure, inputsOf(structure, { ...ROWS, x: bytes }, order));
    const asFloats = await train(
      { ...structure, inputType: 'float32' },
      inputsOf(structure, { ...ROWS, x: bytes }, order),
    );
    expect(asBytes).toEqual(asFloats);
  });
});
