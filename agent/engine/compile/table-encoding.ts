/** The features that a model is given of a table's columns: as nodes of a graph, and on the host for what needs numbers. */
import type { GraphBuilder } from '../ir/op.ts';
import { type DType, type TensorData, tensorType, type Value } from '../ir/types.ts';
import type { ColumnEncoding, TableEncoding } from '../port.ts';

/** An encoding as arrays, so that a graph encodes all columns at once, however many there are. */
export interface EncodingPlan {
  /** For each entry of the encoding its column, and what stands in for NaN there: NaN where nothing does. */
  readonly columns: Int32Array;
  readonly fills: Float32Array;
  /** For each feature the entry it comes from. */
  readonly entries: Int32Array;
  /** For each feature the code that it is 1 for; NaN of a number. */
  readonly codes: Float32Array;
  readonly shifts: Float32Array;
  readonly scales: Float32Array;
}

const known = new WeakMap<TableEncoding, EncodingPlan>();

export function encodingPlan(encoding: TableEncoding, width: number): EncodingPlan {
  const stray = encoding.columns.find(({ column }) => !(column >= 0 && column < width));
  if (stray !== undefined) throw new Error(`invariant broken: column ${stray.column} of ${width} is encoded`);
  let plan = known.get(encoding);
  if (plan === undefined) {
    plan = planOf(encoding.columns);
    known.set(encoding, plan);
  }
  return plan;
}

function planOf(all: readonly ColumnEncoding[]): EncodingPlan {
  const features = all.flatMap((encoding, entry) =>
    encoding.type === 'number'
      ? [{ entry, code: Number.NaN, shift: encoding.shift, scale: encoding.scale }]
      : Array.from({ length: encoding.categories }, (_, code) => ({ entry, code, shift: 0, scale: 1 })),
  );
  return {
    columns: Int32Array.from(all, ({ column }) => column),
    fills: Float32Array.from(all, ({ fill }) => fill ?? Number.NaN),
    entries: Int32Array.from(features, ({ entry }) => entry),
    codes: Float32Array.from(features, ({ code }) => code),
    shifts: Float32Array.from(features, ({ shift }) => shift),
    scales: Float32Array.from(features, ({ scale }) => scale),
  };
}

/** Raw rows `[batch, columns]` in float32 to `[batch, features]`. */
export function encodeColumns(b: GraphBuilder, raw: Value, encoding: TableEncoding): Value {
  const plan = encodingPlan(encoding, raw.shape[1] as number);
  const { columns, fills, entries, codes, shifts, scales } = plan;
  const isHot = codes.map((code) => Number(!Number.isNaN(code)));
  const entriesOfRow = filled(b, columnsAt(b, raw, columns), fills);
  const x = columnsAt(b, entriesOfRow, entries);
  const hot = isHot.some(Boolean)
    ? b.op('Cast', [b.op('Equal', [x, line(b, 'float32', codes)])], { to: 'float32' })
    : null;
  if (hot !== null && isHot.every(Boolean)) return hot;
  const shifted = shifts.some((shift) => shift !== 0) ? b.op('Sub', [x, line(b, 'float32', shifts)]) : x;
  const numbers = scales.some((scale) => scale !== 1) ? b.op('Mul', [shifted, line(b, 'float32', scales)]) : shifted;
  return hot === null ? numbers : b.op('Where', [line(b, 'bool', Uint8Array.from(isHot)), hot, numbers]);
}

/** The columns at `places`, in that order; the same value where that is how they are. */
function columnsAt(b: GraphBuilder, x: Value, places: Int32Array): Value {
  const isAll = places.length === x.shape[1] && places.every((place, i) => place === i);
  return isAll ? x : b.op('Gather', [x, line(b, 'int32', places)], { axis: 1 });
}

function filled(b: GraphBuilder, x: Value, fills: Float32Array): Value {
  return fills.every(Number.isNaN) ? x : b.op('Where', [b.op('IsNaN', [x]), line(b, 'float32', fills), x]);
}

const line = (b: GraphBuilder, dtype: DType, values: TensorData): Value =>
  b.constant(tensorType(dtype, [values.length]), values);

/** The same of one row, at `from` in `raw`, written to `into` from `at` on; rounded after each operation as the graph does. */
export function encodeRow(
  { columns, fills, entries, codes, shifts, scales }: EncodingPlan,
  raw: Uint8Array | Float32Array,
  from: number,
  into: Float32Array,
  at: number,
): void {
  for (let feature = 0; feature < entries.length; feature++) {
    const entry = entries[feature]!;
    const cell = raw[from + columns[entry]!]!;
    const x = Number.isNaN(cell) ? fills[entry]! : cell;
    const code = codes[feature]!;
    into[at + feature] = Number.isNaN(code) ? Math.fround(x - shifts[feature]!) * scales[feature]! : Number(x === code);
  }
}
