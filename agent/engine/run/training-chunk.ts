/**
 * A row order as session runs: trips of several full batches, then single steps of the optimizer, then what is left: full
 * batches too few for a step where gradients are accumulated, and a shorter last one.
 */
import { deriveKey } from '../../../shared/kernel/random.ts';
import type { InputRole } from '../compile/signature.ts';
import type { ChunkResult } from '../port.ts';
import { type LoadedExamples, rowsAt } from './examples.ts';
import type { OptimizerScalars, StretchScalars } from './optimizer-scalars.ts';
import type { ProgramSessions } from './program-sessions.ts';
import type { State } from './run-state.ts';
import { floatsOf, makeTensor, scalar, type Tensor } from './session.ts';

export interface ChunkInputs {
  readonly sessions: ProgramSessions;
  readonly examples: LoadedExamples;
  readonly scalars: OptimizerScalars;
  /** Learning rate of each batch of the chunk. */
  readonly rateOf: (batch: number) => number;
  readonly seed: number;
}

/** Where a run stands. */
export interface Position {
  readonly state: State;
  /** Batches done. */
  readonly step: number;
  /** Steps of the optimizer done: fewer where gradients are accumulated. */
  readonly updates: number;
  /** What the optimizer's slots have to be multiplied by. */
  readonly slotScale: number;
  /** Steps since they were brought back to a scale of about 1; 0 where that is due. */
  readonly slotPhase: number;
}

interface Trained extends Position {
  readonly losses: Float32Array;
  readonly finite: boolean;
}

/** Trips of equal steps: each step has `batches` of `batchRows`, and one of `lastRows` where that is not zero. */
interface Segment {
  readonly trips: number;
  readonly stepsPerTrip: number;
  readonly batches: number;
  readonly batchRows: number;
  readonly lastRows: number;
}

const stepsOf = ({ trips, stepsPerTrip }: Segment): number => trips * stepsPerTrip;

const phaseAfter = (steps: number, period: number): number => (Number.isFinite(period) ? steps % period : 0);

/** Slots are brought back to scale at the same steps however the rows are cut: trips begin where a period of the scale does. */
function segmentsOf(rows: number, { sessions, scalars }: ChunkInputs, { slotPhase }: Position): readonly Segment[] {
  const { structure, stepsPerTrip, target } = sessions;
  const { batchSize: batchRows, accumulateBatches: batches = 1 } = structure;
  const period = scalars.slotPeriod(stepsPerTrip);
  const segments: Segment[] = [];
  let phase = slotPhase;
  let left = Math.floor(rows / (batches * batchRows));
  while (left > 0) {
    const inTrips = phase === 0 && left >= stepsPerTrip && stepsPerTrip > 1;
    const steps = inTrips ? stepsPerTrip : 1;
    const most = inTrips ? Math.floor(left / stepsPerTrip) : Math.min(left, period - phase);
    const segment = { trips: target.loops ? most : 1, stepsPerTrip: steps, batches, batchRows, lastRows: 0 };
    segments.push(segment);
    left -= stepsOf(segment);
    phase = phaseAfter(phase + stepsOf(segment), period);
  }
  const rest = rows % (batches * batchRows);
  const full = Math.floor(rest / batchRows);
  const lastRows = rest - full * batchRows;
  if (full > 0) segments.push({ trips: 1, stepsPerTrip: 1, batches: full, batchRows, lastRows });
  else if (lastRows > 0) segments.push({ trips: 1, stepsPerTrip: 1, batches: 1, batchRows: lastRows, lastRows: 0 });
  return segments;
}

export async function trainRows(
  inputs: ChunkInputs,
  from: Position,
  rowOrder: Int32Array,
): Promise<{ readonly result: ChunkResult; readonly position: Position }> {
  const { loops } = inputs.sessions.target;
  const losses: Float32Array[] = [];
  const period = inputs.scalars.slotPeriod(inputs.sessions.stepsPerTrip);
  // A run over fewer columns may have had longer trips.
  let position = from.slotPhase < period ? from : { ...from, slotPhase: 0 };
  let finite = true;
  let done = 0;
  for (const segment of segmentsOf(rowOrder.length, inputs, position)) {
    if (!finite) break;
    const rows = segment.trips * (segment.stepsPerTrip * segment.batches * segment.batchRows + segment.lastRows);
    const rateOf = (batch: number): number => inputs.rateOf(position.step - from.step + batch);
    const part = rowOrder.subarray(done, done + rows);
    const trained = await runSegment({ ...inputs, rateOf }, position, segment, part);
    if (!loops) disposeOf(position.state);
    losses.push(trained.losses);
    finite = trained.finite;
    position = trained;
    done += rows;
  }
  const all = Float32Array.from(losses.flatMap((part) => [...part]));
  const state = loops ? position.state : await readBack(inputs.sessions, position.state);
  return { result: { losses: all, steps: all.length, finite }, position: { ...position, state } };
}

const ascending = (count: number): Int32Array => Int32Array.from({ length: count }, (_, i) => i);

/** Frees what lies in a provider's own memory. */
function disposeOf(state: State): void {
  for (const tensor of state.values()) if (tensor.location === 'gpu-buffer') tensor.dispose();
}

async function readBack(sessions: ProgramSessions, state: State): Promise<State> {
  const session = await sessions.readBack();
  const outputs = await session.run((role) => (role.kind === 'state' ? state.get(role.name) : undefined), ['state']);
  disposeOf(state);
  return new Map(outputs.states());
}

/** Rows and their order as a run is given them. */
interface SegmentRows {
  readonly examples: LoadedExamples;
  readonly rowOrder: Int32Array;
}

const batchesOfStep = ({ batches, lastRows }: Segment): number => batches + (lastRows > 0 ? 1 : 0);

async function runSegment(
  inputs: ChunkInputs,
  from: Position,
  segment: Segment,
  rowOrder: Int32Array,
): Promise<Trained> {
  const { sessions } = inputs;
  // Where a run is a few steps, their rows are all that it is given.
  const rows = sessions.target.loops
    ? { examples: inputs.examples, rowOrder }
    : { examples: rowsAt(inputs.examples, rowOrder), rowOrder: ascending(rowOrder.length) };
  const session = await sessions.training(segment.batchRows, segment.stepsPerTrip, segment);
  // The rate of a step is that of its last batch.
  const rateOf = (step: number): number => inputs.rateOf((step + 1) * batchesOfStep(segment) - 1);
  const scalars = inputs.scalars.over({ ...segment, ...from }, rateOf);
  const outputs = await session.run(supplier(inputs, from, segment, rows, scalars), ['state', 'losses', 'norm']);
  const reported = floatsOf(outputs.get('losses'));
  const broken = reported.findIndex((loss) => !Number.isFinite(loss));
  const losses = broken < 0 ? reported : reported.slice(0, broken + 1);
  const norm = outputs.get('norm');
  const finite = broken < 0 && (norm === undefined || Number.isFinite(floatsOf(norm)[0]));
  const updates = Math.ceil(losses.length / batchesOfStep(segment));
  return {
    state: new Map(outputs.states()),
    step: from.step + losses.length,
    updates: from.updates + updates,
    slotScale: scalars.slotScales[updates - 1]!,
    slotPhase: phaseBehind(inputs, from.slotPhase + updates, segment),
    losses,
    finite,
  };
}

/** A shorter batch ends an epoch, and the next begins with a period. */
function phaseBehind({ sessions, scalars }: ChunkInputs, steps: number, segment: Segment): number {
  const { batchSize, accumulateBatches = 1 } = sessions.structure;
  const isWhole = segment.batches === accumulateBatches && segment.batchRows === batchSize && segment.lastRows === 0;
  return isWhole ? phaseAfter(steps, scalars.slotPeriod(sessions.stepsPerTrip)) : 0;
}

/** Values of the graph's inputs. */
function supplier(
  { scalars: { hyper }, seed }: ChunkInputs,
  { step, state }: Position,
  { trips, stepsPerTrip, batches, batchRows, lastRows }: Segment,
  { examples, rowOrder }: SegmentRows,
  { moving, carry }: StretchScalars,
): (role: InputRole) => Tensor | undefined {
  const full = rowOrder.length - trips * lastRows;
  return (role) => {
    switch (role.kind) {
      case 'order':
        return makeTensor('int32', rowOrder.subarray(0, full), [trips, stepsPerTrip * batches, batchRows]);
      case 'last_order':
        return makeTensor('int32', rowOrder.subarray(full), [trips, 1, lastRows]);
      case 'trips':
        return scalar.int64(trips);
      case 'step':
        return scalar.uint32(step);
      case 'key':
        return scalar.uint32(deriveKey(seed, ...role.causes));
      case 'data':
        return examples.data;
      case 'labels':
        return examples.labels;
      case 'state':
        return state.get(role.name);
      case 'hyper':
        return hyper.get(role.name);
      case 'moving':
        return makeTensor('float32', moving.get(role.name)!, [trips, stepsPerTrip]);
      case 'carry':
        return makeTensor('float32', carry, stepsPerTrip > 1 ? [trips] : []);
      default:
        return undefined;
    }
  };
}
