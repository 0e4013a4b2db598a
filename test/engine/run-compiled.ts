/** Feeds compiled graphs by their signatures, as the engine's runner does. */

import type { CompiledGraph, InputRole, Port, StateTensor } from '../../agent/engine/compile/signature.ts';
import { movingValues, ratesOf, slotOf } from '../../agent/engine/compile/structure.ts';
import { elementCount, fixedDim } from '../../agent/engine/ir/types.ts';
import { optimizerDef } from '../../agent/engine/optim/optimizers.ts';
import type { Slot } from '../../agent/engine/optim/transform.ts';
import type { Structure } from '../../agent/engine/port.ts';
import { deriveKey } from '../../shared/kernel/random.ts';
import type { Tensor } from './reference/tensor.ts';
import { type GraphRunner, openGraph } from './run-graph.ts';

export interface Rows {
  /** `[rows][features]` */
  readonly x: readonly (readonly number[])[];
  readonly labels: readonly number[];
}

export type State = ReadonlyMap<string, Tensor>;

export interface ChunkInputs {
  readonly rows: Rows;
  /** Row indices of each batch: full ones trip by trip, and a shorter one at the end of a single trip. */
  readonly order: readonly (readonly number[])[];
  /** Values of a scalar that differs from step to step, by name. */
  readonly moving?: ReadonlyMap<string, readonly number[]>;
  readonly hyper: Readonly<Record<string, number>>;
  readonly state: State;
  readonly seed?: number;
  readonly step?: number;
}

const scalar = (value: number): Tensor => ({ shape: [], data: [value] });
const vector = (data: readonly number[]): Tensor => ({ shape: [data.length], data });

function matrix(rows: readonly (readonly number[])[]): Tensor {
  return { shape: [rows.length, rows[0]!.length], data: rows.flat() };
}

function chunkFeed(
  { role, shape }: Port<InputRole>,
  inputs: ChunkInputs,
  [batches, rows]: readonly [number, number],
): Tensor {
  const full = inputs.order.filter((batch) => batch.length === rows);
  const trips = full.length / batches;
  switch (role.kind) {
    case 'data':
      return matrix(inputs.rows.x);
    case 'labels':
      return vector(inputs.rows.labels);
    case 'order':
      return { shape: [trips, batches, rows], data: full.flat() };
    case 'last_order':
      return { shape: [1, 1, inputs.order.at(-1)!.length], data: inputs.order.at(-1)! };
    case 'moving': {
      const values = inputs.moving!.get(role.name)!;
      return { shape: [trips, values.length / trips], data: values };
    }
    case 'carry':
      return shape.length === 0 ? scalar(1) : vector(new Array<number>(trips).fill(1));
    case 'trips':
      return scalar(trips);
    case 'step':
      return scalar(inputs.step ?? 0);
    case 'hyper':
      return scalar(inputs.hyper[role.name]!);
    case 'key':
      return scalar(deriveKey(inputs.seed ?? 0, ...role.causes));
    case 'state':
      return inputs.state.get(role.name)!;
    default:
      throw new Error(`a training graph has no input ${role.kind}`);
  }
}

export interface Chunk {
  readonly losses: readonly number[];
  readonly norm: number;
  readonly state: State;
}

export interface ChunkRunner {
  run(inputs: ChunkInputs): Promise<Chunk>;
  release(): Promise<void>;
}

export async function openTraining({ graph, signature, opset }: CompiledGraph): Promise<ChunkRunner> {
  const runner = await openGraph(graph, opset);
  const order = signature.inputs.find(({ role }) => role.kind === 'order')!;
  const batches = order.shape.slice(1).map(fixedDim) as [number, number];
  return {
    async run(inputs) {
      const results = await runner.run(signature.inputs.map((port) => chunkFeed(port, inputs, batches)));
      const state = new Map<string, Tensor>();
      for (const { name, role } of signature.outputs) {
        if (role.kind === 'state') state.set(role.name, results.get(name)!);
      }
      return { losses: results.get('losses')!.data, norm: results.get('norm')!.data[0]!, state };
    },
    release: () => runner.release(),
  };
}

/** The scalars that differ from step to step, of a run from its start. Slots are never brought back to a scale of 1. */
export function movingOf(structure: Structure, rates: readonly number[]): ReadonlyMap<string, readonly number[]> {
  const { optimizer } = structure;
  const decay = optimizerDef(optimizer).slotDecay(optimizer);
  const moments = rates.map((lr, i) =>
    movingValues(optimizer, ratesOf(structure), { lr, count: i + 1, scale: decay ** (i + 1) }),
  );
  return new Map(Object.keys(moments[0]!).map((name) => [name, moments.map((values) => values[name]!)]));
}

/** Parameters from `values`, slots as the optimizer starts them, at zero where nothing else is said. */
export function firstState(
  tensors: readonly StateTensor[],
  values: ReadonlyMap<string, readonly number[]>,
  slots: readonly Slot[] = [],
): State {
  return new Map(
    tensors.map(({ name, kind, graphShape }) => {
      const initial = slots.find((slot) => slot.name === slotOf(name))?.initial ?? 0;
      const data = kind === 'slot' ? new Array<number>(elementCount(graphShape)).fill(initial) : values.get(name)!;
      return [name, { shape: graphShape, data }];
    }),
  );
}

/** Feeds of an evaluation over all rows. */
export async function evaluateRows(
  runner: GraphRunner,
  { signature }: CompiledGraph,
  rows: Rows,
  blockRows: number,
  state: State,
): Promise<ReadonlyMap<string, Tensor>> {
  return runner.run(
    signature.inputs.map(({ role }) => {
      switch (role.kind) {
        case 'data':
          return matrix(rows.x);
        case 'labels':
          return vector(rows.labels);
        case 'trips':
          return scalar(Math.ceil(rows.labels.length / blockRows));
        case 'row_count':
          return scalar(rows.labels.length);
        case 'state':
          return state.get(role.name)!;
        default:
          throw new Error(`an evaluation has no input ${role.kind}`);
      }
    }),
  );
}
