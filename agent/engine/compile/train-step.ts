/**
 * A chunk of training as one graph: a Loop whose body takes the next batches' rows from the data set, goes forward and
 * back, and steps the optimizer. Data, order and scalars are inputs; parameters and slots come in and go out.
 *
 * The body holds several steps: what one step leaves behind is not a tensor of the loop, so the next may overwrite it in
 * place, and what concerns labels and losses is done once for all of them.
 */
import { walkLayers } from '../../../shared/model/layer-tree.ts';
import { Builder } from '../ir/graph.ts';
import type { Graph } from '../ir/op.ts';
import { fixedDim, tensorType, type Value } from '../ir/types.ts';
import type { TrainingInputs } from '../nn/layer.ts';
import { layerDef } from '../nn/layers.ts';
import { losses } from '../nn/losses.ts';
import { type Model, planModel } from '../nn/model.ts';
import { registry } from '../ops/registry.ts';
import type { Structure } from '../port.ts';
import { dataType, TRAINING_OPSET } from './batch.ts';
import { type State, tensorNamed, trainOnce } from './one-step.ts';
import { Ports } from './ports.ts';
import type { CompiledGraph, StateTensor } from './signature.ts';
import { hyperValues, stateTensors } from './structure.ts';

/** No loss of a run that still learns comes near it; NaN is not below it either. */
const LARGEST_LOSS = 3e38;

/** Steps in one trip of the loop where there are enough batches; more gain nothing measurable and cost time to compile. */
export const STEPS_PER_TRIP = 8;

const TRIPS = 'trips';

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
 * `batchSize` is the structure's own, or the size of the last, shorter batch of an epoch; `stepsPerTrip` steps are done
 * in each of the loop's trips. The state is the same for all of them, bit for bit.
 * Throws SowerError E_MODEL_* for an impossible structure.
 */
export function compileTrainStep(structure: Structure, batchSize: number, stepsPerTrip: number): CompiledGraph {
  const model = planModel(structure);
  const state = stateTensors(structure);
  const outer = new Builder(registry, 'train');
  const ports = new Ports(outer);
  const trips = ports.input('trips', tensorType('int64', []), { kind: 'trips' });
  const inputs = chunkInputs(ports, structure, model, [stepsPerTrip, batchSize]);
  const first = state.map(({ name, graphShape }) =>
    ports.input(name, tensorType('float32', graphShape), { kind: 'state', name }),
  );
  const body = tripBody(outer.body('trip'), structure, model, state, inputs);
  const attrs = { body, carried: state.length, steps: TRIPS };
  const results = outer.outputsOf('Loop', [trips, outer.scalar('bool', 1), ...first], attrs);
  state.forEach(({ name }, i) => {
    ports.output(`next/${name}`, results[i]!, { kind: 'state', name });
  });
  ports.output('losses', results[state.length]!, { kind: 'losses' });
  const parameters = results.filter((_, i) => state[i]?.kind === 'parameter');
  ports.output('norm', sumOfSquares(outer, parameters), { kind: 'norm' });
  return ports.finish(TRAINING_OPSET);
}

function chunkInputs(ports: Ports, structure: Structure, model: Model, batches: readonly number[]): ChunkInputs {
  const data = ports.input('data', dataType(structure), { kind: 'data' });
  const labels = ports.input('labels', tensorType('int32', ['rows']), { kind: 'labels' });
  const order = ports.input('order', tensorType('int32', [TRIPS, ...batches]), { kind: 'order' });
  const hyper = new Map<string, Value>();
  for (const name of Object.keys(hyperValues(structure.layers, structure.optimizer))) {
    hyper.set(name, ports.input(`hyper/${name}`, tensorType('float32', []), { kind: 'hyper', name }));
  }
  const keys = new Map<string, Value>();
  for (const causes of walkLayers(structure.layers).flatMap(({ config, name }) =>
    layerDef(config).keys(config, name),
  )) {
    const name = causes.join('/');
    keys.set(name, ports.input(`key/${name}`, tensorType('uint32', []), { kind: 'key', causes }));
  }
  const before = keys.size === 0 ? null : ports.input('step', tensorType('uint32', []), { kind: 'step' });
  return { data, labels, order, hyper, keys, before };
}

function tripBody(
  b: Builder,
  structure: Structure,
  model: Model,
  state: readonly StateTensor[],
  inputs: ChunkInputs,
): Graph {
  const trip = b.input('trip', tensorType('int64', []));
  b.input('going', tensorType('bool', []));
  let current: State = new Map(
    state.map(({ name, graphShape }) => [name, b.input(`trip/${name}`, tensorType('float32', graphShape))]),
  );
  const loss = losses[structure.loss.type];
  const rows = b.op('Gather', [inputs.order, trip], { axis: 0 });
  const [steps, batchSize] = rows.shape.map(fixedDim) as [number, number];
  const labels = b.op('Gather', [inputs.labels, rows], { axis: 0 });
  const targets = loss.targets(b, labels, structure.classes, 'float32');

  const hyper = (name: string): Value => tensorNamed(inputs.hyper, name);
  const scores: Value[] = [];
  for (let step = 0; step < steps; step++) {
    const training = trainingInputs(b, inputs, trip, step, steps);
    const nth = (all: Value): Value => b.op('Gather', [all, b.scalar('int32', step)], { axis: 0 });
    const batch = { rows: nth(rows), targets: nth(targets) };
    const done = trainOnce(b, structure, model, { data: inputs.data, hyper, training }, current, batch);
    current = done.next;
    scores.push(done.scores);
  }

  const flat = b.op('Reshape', [targets], { shape: [steps * batchSize, structure.classes] });
  const perRow = loss.perRow(b, b.op('Concat', scores, { axis: 0 }), flat);
  const byStep = b.op('Reshape', [perRow], { shape: [steps, batchSize] });
  const means = b.op('ReduceMean', [byStep], { axes: [1], keepDims: false });
  const total = b.op('ReduceSum', [means], { axes: [0], keepDims: false });
  b.output('going on', b.op('Less', [total, b.scalar('float32', LARGEST_LOSS)]));
  for (const { name } of state) b.output(`after/${name}`, tensorNamed(current, name));
  b.output('loss', means);
  return b.finish();
}

/** The global number of a step is what came before the chunk, before the trip, and before it within the trip. */
function trainingInputs(
  b: Builder,
  inputs: ChunkInputs,
  trip: Value,
  step: number,
  stepsPerTrip: number,
): Omit<TrainingInputs, 'update'> {
  const { before } = inputs;
  return {
    hyper: (name) => tensorNamed(inputs.hyper, name),
    key: (causes) => tensorNamed(inputs.keys, causes.join('/')),
    step: () => {
      if (before === null) throw new Error('a layer draws random numbers without naming its keys');
      const beforeTrip = b.op('Mul', [b.op('Cast', [trip], { to: 'uint32' }), b.scalar('uint32', stepsPerTrip)]);
      const within = b.op('Add', [before, b.scalar('uint32', step)]);
      return b.op('Add', [within, beforeTrip]);
    },
  };
}

function sumOfSquares(b: Builder, values: readonly Value[]): Value {
  return values
    .map((value) => b.op('ReduceSumSquare', [value], { axes: value.shape.map((_, axis) => axis), keepDims: false }))
    .reduce((sum, square) => b.op('Add', [sum, square]), b.scalar('float32', 0));
}
