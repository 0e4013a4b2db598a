/** A row order as session runs: trips of several full batches, then single full batches, then a shorter last one. */
import { deriveKey } from '../../../shared/kernel/random.ts';
import type { InputRole } from '../compile/signature.ts';
import { STEPS_PER_TRIP } from '../compile/train-step.ts';
import type { ChunkResult } from '../port.ts';
import type { LoadedExamples } from './examples.ts';
import type { ProgramSessions } from './program-sessions.ts';
import type { State } from './run-state.ts';
import { floatsOf, makeTensor, scalar, type Tensor } from './session.ts';

export interface ChunkInputs {
  readonly sessions: ProgramSessions;
  readonly examples: LoadedExamples;
  readonly hyper: ReadonlyMap<string, Tensor>;
  readonly seed: number;
}

/** Where a run stands: its tensors and the steps done. */
export interface Position {
  readonly state: State;
  readonly step: number;
}

interface Trained extends Position {
  readonly losses: Float32Array;
  readonly finite: boolean;
}

export async function trainRows(
  inputs: ChunkInputs,
  from: Position,
  rowOrder: Int32Array,
): Promise<{ readonly result: ChunkResult; readonly state: State }> {
  const { batchSize } = inputs.sessions.structure;
  const losses: Float32Array[] = [];
  let { state, step } = from;
  let finite = true;
  let done = 0;
  for (const [batchRows, stepsPerTrip] of [
    [batchSize, STEPS_PER_TRIP],
    [batchSize, 1],
    [0, 1],
  ] as const) {
    const left = rowOrder.length - done;
    const rows = batchRows === 0 ? left : batchRows;
    const trips = rows === 0 ? 0 : Math.floor(left / (rows * stepsPerTrip));
    if (trips === 0 || !finite) continue;
    const end = done + trips * stepsPerTrip * rows;
    const order = makeTensor('int32', rowOrder.subarray(done, end), [trips, stepsPerTrip, rows]);
    const trained = await runTrips(inputs, { state, step }, order);
    losses.push(trained.losses);
    ({ state, step, finite } = trained);
    done = end;
  }
  const all = Float32Array.from(losses.flatMap((part) => [...part]));
  return { result: { losses: all, steps: all.length, finite }, state };
}

async function runTrips(inputs: ChunkInputs, from: Position, order: Tensor): Promise<Trained> {
  const [trips, stepsPerTrip, batchRows] = order.dims as [number, number, number];
  const session = await inputs.sessions.training(batchRows, stepsPerTrip);
  const supply = (role: InputRole): Tensor | undefined => {
    switch (role.kind) {
      case 'order':
        return order;
      case 'trips':
        return scalar.int64(trips);
      case 'step':
        return scalar.uint32(from.step);
      case 'key':
        return scalar.uint32(deriveKey(inputs.seed, ...role.causes));
      case 'data':
        return inputs.examples.data;
      case 'labels':
        return inputs.examples.labels;
      case 'state':
        return from.state.get(role.name);
      case 'hyper':
        return inputs.hyper.get(role.name);
      default:
        return undefined;
    }
  };
  const outputs = await session.run(supply, ['state', 'losses', 'norm']);
  const reported = floatsOf(outputs.get('losses'));
  const broken = reported.findIndex((loss) => !Number.isFinite(loss));
  const losses = broken < 0 ? reported : reported.slice(0, broken + 1);
  const norm = outputs.get('norm');
  const finite = broken < 0 && (norm === undefined || Number.isFinite(floatsOf(norm)[0]));
  return { state: new Map(outputs.states()), step: from.step + losses.length, losses, finite };
}
