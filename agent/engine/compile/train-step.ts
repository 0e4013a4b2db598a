/**
 * A chunk of training as one graph: a Loop whose body takes the next batch's rows from the data set, goes forward and
 * back, and steps the optimizer. Data, order and scalars are inputs; parameters and slots come in and go out.
 */
import { Builder } from '../ir/graph.ts';
import type { Graph } from '../ir/op.ts';
import { tensorType, type Value } from '../ir/types.ts';
import type { TrainingInputs } from '../nn/layer.ts';
import { layerDef } from '../nn/layers.ts';
import { type Model, planModel } from '../nn/model.ts';
import { registry } from '../ops/registry.ts';
import type { Structure } from '../port.ts';
import { dataType, TRAINING_OPSET } from './batch.ts';
import { tensorNamed, trainOnce } from './one-step.ts';
import { Ports } from './ports.ts';
import type { CompiledGraph, StateTensor } from './signature.ts';
import { hyperValues, stateTensors } from './structure.ts';

/** No loss of a run that still learns comes near it; NaN is not below it either. */
const LARGEST_LOSS = 3e38;

const STEPS = 'steps';

interface ChunkInputs {
  readonly data: Value;
  readonly labels: Value;
  readonly order: Value;
  readonly hyper: ReadonlyMap<string, Value>;
  readonly keys: ReadonlyMap<string, Value>;
  /** Steps done before the chunk, uint32; null where no layer draws random numbers. */
  readonly before: Value | null;
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
  const attrs = { body, carried: state.length, steps: STEPS };
  const results = outer.outputsOf('Loop', [trips, outer.scalar('bool', 1), ...first], attrs);
  state.forEach(({ name }, i) => {
    ports.output(`next/${name}`, results[i]!, { kind: 'state', name });
  });
  ports.output('losses', results[state.length]!, { kind: 'losses' });
  const parameters = results.filter((_, i) => state[i]?.kind === 'parameter');
  ports.output('norm', sumOfSquares(outer, parameters), { kind: 'norm' });
  return ports.finish(TRAINING_OPSET);
}

function chunkInputs(ports: Ports, structure: Structure, model: Model, batchSize: number): ChunkInputs {
  const data = ports.input('data', dataType(structure), { kind: 'data' });
  const labels = ports.input('labels', tensorType('int32', ['rows']), { kind: 'labels' });
  const order = ports.input('order', tensorType('int32', [STEPS, batchSize]), { kind: 'order' });
  const hyper = new Map<string, Value>();
  for (const name of Object.keys(hyperValues(structure.layers, structure.optimizer))) {
    hyper.set(name, ports.input(`hyper/${name}`, tensorType('float32', []), { kind: 'hyper', name }));
  }
  const keys = new Map<string, Value>();
  for (const causes of model.layers.flatMap(({ config, index }) => layerDef(config).keys(config, index))) {
    const name = causes.join('/');
    keys.set(name, ports.input(`key/${name}`, tensorType('uint32', []), { kind: 'key', causes }));
  }
  const before = keys.size === 0 ? null : ports.input('step', tensorType('uint32', []), { kind: 'step' });
  return { data, labels, order, hyper, keys, before };
}

function stepBody(
  b: Builder,
  structure: Structure,
  model: Model,
  state: readonly StateTensor[],
  inputs: ChunkInputs,
): Graph {
  const iteration = b.input('iteration', tensorType('int64', []));
  b.input('going', tensorType('bool', []));
  const current = new Map<string, Value>();
  for (const { name, graphShape } of state) {
    current.set(name, b.input(`step/${name}`, tensorType('float32', graphShape)));
  }
  const hyper = (name: string): Value => tensorNamed(inputs.hyper, name);
  const training = trainingInputs(b, inputs, iteration);
  const rows = b.op('Gather', [inputs.order, iteration], { axis: 0 });
  const step = { data: inputs.data, labels: inputs.labels, hyper, training };
  const { next, loss } = trainOnce(b, structure, model, step, current, rows);
  b.output('going on', b.op('Less', [loss, b.scalar('float32', LARGEST_LOSS)]));
  for (const { name } of state) b.output(`stepped/${name}`, tensorNamed(next, name));
  b.output('loss', loss);
  return b.finish();
}

function trainingInputs(b: Builder, inputs: ChunkInputs, iteration: Value): TrainingInputs | null {
  if (inputs.before === null) return null;
  return {
    hyper: (name) => tensorNamed(inputs.hyper, name),
    key: (causes) => tensorNamed(inputs.keys, causes.join('/')),
    step: b.op('Add', [inputs.before, b.op('Cast', [iteration], { to: 'uint32' })]),
  };
}

function sumOfSquares(b: Builder, values: readonly Value[]): Value {
  return values
    .map((value) => b.op('ReduceSumSquare', [value], { axes: value.shape.map((_, axis) => axis), keepDims: false }))
    .reduce((sum, square) => b.op('Add', [sum, square]), b.scalar('float32', 0));
}
