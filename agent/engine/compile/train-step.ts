/**
 * A chunk of training as one graph: a Loop whose body takes the next batch's rows from the data set, goes forward and
 * back, and steps the optimizer. Data, order and scalars are inputs; parameters and slots come in and go out.
 */
import { gradient } from '../autodiff/gradient.ts';
import { Builder } from '../ir/graph.ts';
import { tensorType, type Value } from '../ir/types.ts';
import type { TrainingInputs } from '../nn/layer.ts';
import { layerDef } from '../nn/layers.ts';
import { losses } from '../nn/losses.ts';
import { buildModel, type Model, planModel } from '../nn/model.ts';
import { registry } from '../ops/registry.ts';
import { optimizerDef } from '../optim/optimizers.ts';
import { applyChain } from '../optim/transform.ts';
import type { Structure } from '../port.ts';
import { dataType, gatherRows, TRAINING_OPSET } from './batch.ts';
import { Ports } from './ports.ts';
import type { CompiledGraph, StateTensor } from './signature.ts';
import { hyperValues, slotNames, stateTensors } from './structure.ts';

/** No loss of a run that still learns comes near it; NaN is not below it either. */
const LARGEST_LOSS = 3e38;

const STEPS = 'steps';

interface ChunkInputs {
  readonly data: Value;
  readonly labels: Value;
  readonly order: Value;
  readonly hyper: ReadonlyMap<string, Value>;
  readonly keys: ReadonlyMap<string, Value>;
  readonly step: Value | null;
}

/**
 * `batchSize` is the structure's own, or the size of the last, shorter batch of an epoch: the state is the same.
 * Throws SowerError E_MODEL_* for an impossible structure.
 */
export function compileTrainStep(structure: Structure, batchSize: number): CompiledGraph {
  const model = planModel(structure);
  const state = stateTensors(structure);
  const outer = new Builder(registry, 'train');
  const ports = new Ports(outer);
  const trips = ports.input('trips', tensorType('int64', []), { kind: 'trips' });
  const inputs = chunkInputs(ports, structure, model, batchSize);
  const first = state.map(({ name, graphShape }) =>
    ports.input(name, tensorType('float32', graphShape), { kind: 'state', name }),
  );
  const body = stepBody(outer.body('step'), structure, model, state, inputs);
  const going = outer.constant(tensorType('bool', []), Uint8Array.of(1));
  const attrs = { body, carried: state.length, steps: STEPS };
  const results = outer.outputsOf('Loop', [trips, going, ...first], attrs);
  state.forEach(({ name }, i) => {
    ports.output(`next/${name}`, results[i]!, { kind: 'state', name });
  });
  ports.output('losses', results[state.length]!, { kind: 'losses' });
  const parameters = results.filter((_, i) => state[i]?.kind === 'parameter');
  if (parameters.length > 0) ports.output('norm', sumOfSquares(outer, parameters), { kind: 'norm' });
  return ports.finish(TRAINING_OPSET);
}

function chunkInputs(ports: Ports, structure: Structure, model: Model, batchSize: number): ChunkInputs {
  const data = ports.input('data', dataType(structure), { kind: 'data' });
  const labels = ports.input('labels', tensorType('int32', ['rows']), { kind: 'labels' });
  const order = ports.input('order', tensorType('int32', [STEPS, batchSize]), { kind: 'order' });
  const hyper = Object.keys(hyperValues(structure.layers, structure.optimizer)).map((name) => {
    const value = ports.input(`hyper/${name}`, tensorType('float32', []), { kind: 'hyper', name });
    return [name, value] as const;
  });
  const causes = model.layers.flatMap(({ config, index }) => layerDef(config).keys(config, index));
  const keys = causes.map((causesOfKey) => {
    const name = causesOfKey.join('/');
    const value = ports.input(`key/${name}`, tensorType('uint32', []), { kind: 'key', causes: causesOfKey });
    return [name, value] as const;
  });
  const step = keys.length === 0 ? null : ports.input('step', tensorType('uint32', []), { kind: 'step' });
  return { data, labels, order, hyper: new Map(hyper), keys: new Map(keys), step };
}

function stepBody(
  b: Builder,
  structure: Structure,
  model: Model,
  state: readonly StateTensor[],
  inputs: ChunkInputs,
): ReturnType<Builder['finish']> {
  const iteration = b.input('iteration', tensorType('int64', []));
  b.input('going', tensorType('bool', []));
  const values = new Map(
    state.map(({ name, graphShape }) => [name, b.input(`step/${name}`, tensorType('float32', graphShape))]),
  );
  const hyper = (name: string): Value => inputs.hyper.get(name)!;

  const indices = b.op('Gather', [inputs.order, iteration], { axis: 0 });
  const x = gatherRows(b, structure, inputs.data, indices);
  const y = b.op('Gather', [inputs.labels, indices], { axis: 0 });
  const training = inputs.step === null ? null : trainingInputs(b, inputs, inputs.step, iteration);
  const scores = buildModel({ b, parameter: (name) => values.get(name)!, training }, model, x);
  const loss = losses[structure.loss.type](b, scores.value, y);
  const meanLoss = loss.mean();

  const optimizer = optimizerDef(structure.optimizer);
  const chain = optimizer.chain(structure.optimizer);
  const wanted = model.parameters.map(({ name }) => values.get(name)!);
  const dScores = loss.gradient(optimizer.seed(b, hyper));
  const gradients = gradient(registry, b, scores.value, dScores, wanted);
  const next = new Map<string, Value>();
  model.parameters.forEach(({ name }, i) => {
    const parameter = wanted[i]!;
    const slots = slotNames(name, structure.optimizer);
    const result = applyChain(
      chain,
      { b, hyper, parameter },
      gradients[i]!,
      slots.map((slot) => values.get(slot)!),
    );
    next.set(name, b.op('Add', [parameter, result.update]));
    slots.forEach((slot, at) => {
      next.set(slot, result.slots[at]!);
    });
  });

  b.output('go on', b.op('Less', [meanLoss, b.scalar('float32', LARGEST_LOSS)]));
  for (const { name } of state) b.output(`stepped/${name}`, next.get(name)!);
  b.output('loss', meanLoss);
  return b.finish();
}

function trainingInputs(b: Builder, inputs: ChunkInputs, before: Value, iteration: Value): TrainingInputs {
  const step = b.op('Add', [before, b.op('Cast', [iteration], { to: 'uint32' })]);
  return {
    hyper: (name) => inputs.hyper.get(name)!,
    key: (causes) => inputs.keys.get(causes.join('/'))!,
    step,
  };
}

function sumOfSquares(b: Builder, values: readonly Value[]): Value {
  return values
    .map((value) => b.op('ReduceSumSquare', [value], { axes: value.shape.map((_, axis) => axis), keepDims: false }))
    .reduce((sum, square) => b.op('Add', [sum, square]));
}
