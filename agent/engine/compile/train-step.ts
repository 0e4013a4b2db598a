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
import { lossDef } from '../nn/losses.ts';
import { type Model, planModel } from '../nn/model.ts';
import { registry } from '../ops/registry.ts';
import { optimizerDef } from '../optim/optimizers.ts';
import type { Structure } from '../port.ts';
import { dataType, labelsType, TRAINING_OPSET } from './batch.ts';
import { sumOfSquares } from './clip.ts';
import { type Batch, type State, tensorNamed, trainOnce } from './one-step.ts';
import { Ports } from './ports.ts';
import type { CompiledGraph, StateTensor } from './signature.ts';
import { stepsPerTrip as stepsPerTripOf } from './sizes.ts';
import { hyperValues, movingValues, ratesOf, stateTensors } from './structure.ts';
import { type Target, targets } from './target.ts';

/** No loss of a run that still learns comes near it; NaN is not below it either. */
const LARGEST_LOSS = 3e38;

const TRIPS = 'trips';

/** Batches of one optimizer step where gradients are accumulated. */
export interface Accumulation {
  /** Batches of the size given; default: those of the structure. */
  readonly batches?: number;
  /** Rows of one more, shorter batch; 0 for none. Then a trip has one step. */
  readonly lastRows?: number;
}

interface ChunkInputs {
  readonly data: Value;
  readonly labels: Value;
  /** Rows of full batches, and of a shorter one at the end of the trip where there is one. */
  readonly orders: readonly Value[];
  /** By name, scalars for a whole chunk. */
  readonly hyper: ReadonlyMap<string, Value>;
  /** By name, `[trips, steps per trip]`. */
  readonly moving: ReadonlyMap<string, Value>;
  /** `[trips]`, or a scalar where a trip is one step; null where slots are kept as they are. */
  readonly carry: Value | null;
  readonly keys: ReadonlyMap<string, Value>;
  /** Batches done before the chunk, uint32; null where no layer draws random numbers. */
  readonly before: Value | null;
}

/**
 * `batchSize` is the structure's own, or the size of the last, shorter batch of an epoch; `stepsPerTrip` steps of the
 * optimizer are done in each of the loop's trips. The state is the same for all of them, bit for bit.
 * Throws SowerError E_MODEL_* for an impossible structure.
 */
export function compileTrainStep(
  structure: Structure,
  batchSize: number,
  stepsPerTrip: number,
  { batches = structure.accumulateBatches ?? 1, lastRows = 0 }: Accumulation = {},
  target: Target = targets.cpu,
): CompiledGraph {
  if (lastRows > 0 && stepsPerTrip > 1) throw new Error('a shorter batch ends a trip of one step');
  const model = planModel(structure, target.layout);
  const state = stateTensors(structure, target);
  const outer = new Builder(registry, 'train');
  const ports = new Ports(outer);
  const trips = ports.input('trips', tensorType('int64', []), { kind: 'trips' });
  const inputs = chunkInputs(ports, structure, model, stepsPerTrip, [stepsPerTrip * batches, batchSize], lastRows);
  const first = state.map(({ name, graphShape }) =>
    ports.input(name, tensorType('float32', graphShape), { kind: 'state', name }),
  );
  // Once a run where a trip is one step: a pass over the slots before each would be as much as the scale saves.
  const { carry } = inputs;
  const carried = carry === null || stepsPerTrip > 1 ? first : rescaled(outer, state, first, carry);
  const body = tripBody(outer.body('trip'), structure, model, state, inputs, stepsPerTrip, target);
  const attrs = { body, carried: state.length, steps: TRIPS };
  const results = outer.outputsOf('Loop', [trips, outer.scalar('bool', 1), ...carried], attrs);
  state.forEach(({ name }, i) => {
    ports.output(`next/${name}`, results[i]!, { kind: 'state', name });
  });
  ports.output('losses', results[state.length]!, { kind: 'losses' });
  const parameters = results.filter((_, i) => state[i]?.kind === 'parameter');
  ports.output('norm', sumOfSquares(outer, parameters), { kind: 'norm' });
  // What enters and leaves a trip is copied all the same. Asked of the structure, not of this graph: all its graphs give the same bits.
  const addsInPlace = stepsPerTripOf(structure) > 1;
  return ports.finish(TRAINING_OPSET, { ...target, addsInPlace });
}

function chunkInputs(
  ports: Ports,
  structure: Structure,
  model: Model,
  stepsPerTrip: number,
  full: readonly [batches: number, rows: number],
  lastRows: number,
): ChunkInputs {
  const data = ports.input('data', dataType(structure), { kind: 'data' });
  const labels = ports.input('labels', labelsType(structure, model.outputs), { kind: 'labels' });
  const orders = [ports.input('order', tensorType('int32', [TRIPS, ...full]), { kind: 'order' })];
  if (lastRows > 0) {
    orders.push(ports.input('last_order', tensorType('int32', [TRIPS, 1, lastRows]), { kind: 'last_order' }));
  }
  const hyper = new Map<string, Value>();
  const rates = ratesOf(structure);
  const fixed = Object.keys(hyperValues(structure.layers, structure.optimizer, rates));
  for (const name of structure.clipsGradients === true ? [...fixed, 'max_grad_norm'] : fixed) {
    hyper.set(name, ports.input(`hyper/${name}`, tensorType('float32', []), { kind: 'hyper', name }));
  }
  const moving = new Map<string, Value>();
  for (const name of Object.keys(movingValues(structure.optimizer, rates, { lr: 1, count: 1, scale: 1 }))) {
    const type = tensorType('float32', [TRIPS, stepsPerTrip]);
    moving.set(name, ports.input(`moving/${name}`, type, { kind: 'moving', name }));
  }
  const scales = optimizerDef(structure.optimizer).slotDecay(structure.optimizer) !== 1;
  const carry = scales
    ? ports.input('carry', tensorType('float32', stepsPerTrip > 1 ? [TRIPS] : []), { kind: 'carry' })
    : null;
  const keys = new Map<string, Value>();
  for (const causes of walkLayers(structure.layers).flatMap(({ config, name }) =>
    layerDef(config).keys(config, name),
  )) {
    const name = causes.join('/');
    keys.set(name, ports.input(`key/${name}`, tensorType('uint32', []), { kind: 'key', causes }));
  }
  const before = keys.size === 0 ? null : ports.input('step', tensorType('uint32', []), { kind: 'step' });
  return { data, labels, orders, hyper, moving, carry, keys, before };
}

function tripBody(
  b: Builder,
  structure: Structure,
  model: Model,
  state: readonly StateTensor[],
  inputs: ChunkInputs,
  stepCount: number,
  { bitOps }: Target,
): Graph {
  const trip = b.input('trip', tensorType('int64', []));
  b.input('going', tensorType('bool', []));
  const given = state.map(({ name, graphShape }) => b.input(`trip/${name}`, tensorType('float32', graphShape)));
  const { carry } = inputs;
  const carried =
    carry === null || stepCount === 1 ? given : rescaled(b, state, given, b.op('Gather', [carry, trip], { axis: 0 }));
  let current: State = new Map(state.map(({ name }, i) => [name, carried[i]!]));
  const spans = inputs.orders.map((order) => spanOf(b, structure, model, inputs.labels, order, trip));
  const batchCount = spans.reduce((sum, { batches }) => sum + batches, 0);
  const moving = new Map([...inputs.moving].map(([name, all]) => [name, stepByStep(b, all, trip, stepCount)]));
  const scores: Value[] = [];
  for (let step = 0; step < stepCount; step++) {
    const batches = batchesOf(spans, step, stepCount).map(({ span, at }, i): Batch => {
      const number = step * (batchCount / stepCount) + i;
      const training = { ...trainingInputs(b, inputs, trip, number, batchCount), bitOps };
      return { rows: span.rows[at]!, targets: span.targets[at]!, training };
    });
    const scalar = (name: string): Value => moving.get(name)?.[step] ?? single(b, tensorNamed(inputs.hyper, name));
    const done = trainOnce(b, structure, model, { data: inputs.data, scalar }, current, batches);
    current = done.next;
    scores.push(...done.scores);
  }

  const means = spans.map((span, at) => {
    const before = spans.slice(0, at).reduce((sum, { batches }) => sum + batches, 0);
    return meanLosses(b, structure, span, scores.slice(before, before + span.batches));
  });
  const all = means.length === 1 ? means[0]! : b.op('Concat', means, { axis: 0 });
  const total = b.op('ReduceSum', [all], { axes: [0], keepDims: false });
  b.output('going on', b.op('Less', [total, b.scalar('float32', LARGEST_LOSS)]));
  for (const { name } of state) b.output(`after/${name}`, tensorNamed(current, name));
  b.output('loss', all);
  return b.finish();
}

/** The tensors with their slots times `factor`. */
function rescaled(
  b: Builder,
  state: readonly StateTensor[],
  values: readonly Value[],
  factor: Value,
): readonly Value[] {
  return values.map((value, i) => (state[i]!.kind === 'slot' ? b.op('Mul', [value, factor]) : value));
}

/** Scalars of the optimizer are `[1, 1]`: beside a column of numbers any other shape takes onnxruntime three times as long. */
const single = (b: Builder, scalar: Value): Value => b.op('Reshape', [scalar], { shape: [1, 1] });

/** Of a trip's numbers one for each step, `[1, 1]`. */
function stepByStep(b: Builder, all: Value, trip: Value, steps: number): readonly Value[] {
  const own = b.op('Reshape', [b.op('Gather', [all, trip], { axis: 0 })], { shape: [steps, 1] });
  return steps === 1 ? [own] : b.outputsOf('Split', [own], { axis: 0, sizes: new Array<number>(steps).fill(1) });
}

/** Batches of equal size in a trip, with what their loss compares the scores with. */
interface Span {
  readonly batches: number;
  readonly batchSize: number;
  /** Of each batch, `[batchSize]`. */
  readonly rows: readonly Value[];
  /** Of each batch, `[batchSize, ...]`. */
  readonly targets: readonly Value[];
  /** Of all of them, `[batches * batchSize, ...]`. */
  readonly allTargets: Value;
}

function spanOf(
  b: Builder,
  { loss, classes }: Structure,
  { outputs }: Model,
  allLabels: Value,
  order: Value,
  trip: Value,
): Span {
  const own = b.op('Gather', [order, trip], { axis: 0 });
  const [batches, batchSize] = own.shape.map(fixedDim) as [number, number];
  const rows = b.op('Reshape', [own], { shape: [batches * batchSize] });
  const labels = b.op('Gather', [allLabels, rows], { axis: 0 });
  const allTargets = lossDef(loss).targets(b, labels, { classes, outputs }, 'float32');
  const sizes = new Array<number>(batches).fill(batchSize);
  // Apart in one go: a node for each batch costs a small model more than its rows do.
  const apart = (all: Value): readonly Value[] =>
    batches === 1 ? [all] : b.outputsOf('Split', [all], { axis: 0, sizes });
  return { batches, batchSize, rows: apart(rows), targets: apart(allTargets), allTargets };
}

/** The batches of one step: its share of each span. */
function batchesOf(
  spans: readonly Span[],
  step: number,
  stepCount: number,
): readonly { readonly span: Span; readonly at: number }[] {
  return spans.flatMap((span) => {
    const each = span.batches / stepCount;
    return Array.from({ length: each }, (_, i) => ({ span, at: step * each + i }));
  });
}

/**
 * Rows of which the losses of several batches are worked out at once, or of a multiple of them. onnxruntime's sums begin with
 * the numbers up to an aligned address: for other sizes the last bit would depend on where in a trip a batch stands.
 */
const ALIGNED_ROWS = 4;

/** The mean loss of each batch of a span: the same bits however many batches the span has. */
function meanLosses(b: Builder, structure: Structure, span: Span, scores: readonly Value[]): Value {
  const { batches, batchSize, targets, allTargets } = span;
  if (batches === 1 || batchSize % ALIGNED_ROWS === 0) {
    return meansOf(b, structure, [batches, batchSize], b.op('Concat', scores, { axis: 0 }), allTargets);
  }
  const each = scores.map((own, at) => meansOf(b, structure, [1, batchSize], own, targets[at]!));
  return b.op('Concat', each, { axis: 0 });
}

/** `[batches]` */
function meansOf(
  b: Builder,
  structure: Structure,
  shape: readonly [batches: number, batchSize: number],
  scores: Value,
  targets: Value,
): Value {
  const loss = lossDef(structure.loss);
  const byBatch = (value: Value): Value => b.op('Reshape', [value], { shape });
  const losses = byBatch(loss.perRow(b, scores, targets));
  const alongBatch = { axes: [1], keepDims: false };
  if (loss.rowWeights === null) return b.op('ReduceMean', [losses], alongBatch);
  const weights = b.op('ReduceSum', [byBatch(loss.rowWeights(b, targets))], alongBatch);
  return b.op('Div', [b.op('ReduceSum', [losses], alongBatch), weights]);
}

/** The global number of a batch is what came before the chunk, before the trip, and before it within the trip. */
function trainingInputs(
  b: Builder,
  inputs: ChunkInputs,
  trip: Value,
  number: number,
  batchesPerTrip: number,
): Omit<TrainingInputs, 'update' | 'bitOps'> {
  const { before } = inputs;
  return {
    hyper: (name) => tensorNamed(inputs.hyper, name),
    key: (causes) => tensorNamed(inputs.keys, causes.join('/')),
    step: () => {
      if (before === null) throw new Error('a layer draws random numbers without naming its keys');
      const beforeTrip = b.op('Mul', [b.op('Cast', [trip], { to: 'uint32' }), b.scalar('uint32', batchesPerTrip)]);
      const within = b.op('Add', [before, b.scalar('uint32', number)]);
      return b.op('Add', [within, beforeTrip]);
    },
  };
}
