/** Reads what an ONNX file says of itself, ours or anybody's. Field numbers are those of onnx.proto. */
import { type Field, fieldsOf } from './fields.ts';

export interface ModelPort {
  readonly name: string;
  /** `float32`, or a number of the format's where it has a rarer type. */
  readonly type: string;
  /** A dimension is a number, a name, or `?`. */
  readonly shape: readonly (number | string)[];
}

export interface ModelSummary {
  readonly producer: string;
  readonly irVersion: number;
  /** By domain; ONNX's own is the empty one. */
  readonly opsets: Readonly<Record<string, number>>;
  readonly inputs: readonly ModelPort[];
  readonly outputs: readonly ModelPort[];
  /** How often each op occurs, in graphs inside nodes too. */
  readonly ops: Readonly<Record<string, number>>;
  /** Tensors inside the file, and the elements of those with floats. */
  readonly tensors: number;
  readonly parameters: number;
  readonly metadata: Readonly<Record<string, string>>;
}

const TYPES: Readonly<Record<number, string>> = {
  1: 'float32',
  2: 'uint8',
  3: 'int8',
  6: 'int32',
  7: 'int64',
  9: 'bool',
  10: 'float16',
  11: 'float64',
  12: 'uint32',
};
const FLOATS: ReadonlySet<number> = new Set([1, 10, 11]);

const decoder = new TextDecoder();

class Message {
  readonly #fields: readonly Field[];

  constructor(bytes: Uint8Array) {
    this.#fields = [...fieldsOf(bytes)];
  }

  texts(field: number): readonly string[] {
    return this.#payloads(field).map((bytes) => decoder.decode(bytes));
  }

  text(field: number): string {
    return this.texts(field)[0] ?? '';
  }

  messages(field: number): readonly Message[] {
    return this.#payloads(field).map((bytes) => new Message(bytes));
  }

  number(field: number): number | null {
    const found = this.#fields.find((entry) => entry.field === field && typeof entry.value === 'number');
    return (found?.value as number | undefined) ?? null;
  }

  /** Repeated numbers, one by one or packed. */
  numbers(field: number): readonly number[] {
    return this.#fields
      .filter((entry) => entry.field === field)
      .flatMap(({ value }) => (typeof value === 'number' ? [value] : varints(value)));
  }

  #payloads(field: number): readonly Uint8Array[] {
    return this.#fields.flatMap((entry) =>
      entry.field === field && typeof entry.value !== 'number' ? [entry.value] : [],
    );
  }
}

function varints(bytes: Uint8Array): readonly number[] {
  const numbers: number[] = [];
  let value = 0;
  let scale = 1;
  for (const byte of bytes) {
    value += (byte & 127) * scale;
    scale *= 128;
    if (byte < 128) {
      numbers.push(value);
      [value, scale] = [0, 1];
    }
  }
  return numbers;
}

/** Throws RangeError where the bytes are no ONNX model. */
export function readModel(bytes: Uint8Array): ModelSummary {
  const model = new Message(bytes);
  const [graph] = model.messages(7);
  const irVersion = model.number(1);
  if (graph === undefined || irVersion === null) throw new RangeError('there is no graph in it');
  const ops: Record<string, number> = {};
  countOps(graph, ops);
  const initializers = graph.messages(5);
  const known = new Set(initializers.map((tensor) => tensor.text(8)));
  const elements = (tensor: Message): number => tensor.numbers(1).reduce((count, dim) => count * dim, 1);
  return {
    producer: [model.text(2), model.text(3)].filter((word) => word !== '').join(' '),
    irVersion,
    opsets: Object.fromEntries(model.messages(8).map((opset) => [opset.text(1), opset.number(2) ?? 0])),
    inputs: graph
      .messages(11)
      .map(portOf)
      .filter(({ name }) => !known.has(name)),
    outputs: graph.messages(12).map(portOf),
    ops,
    tensors: initializers.length,
    parameters: initializers
      .filter((tensor) => FLOATS.has(tensor.number(2) ?? 0))
      .reduce((sum, tensor) => sum + elements(tensor), 0),
    metadata: Object.fromEntries(model.messages(14).map((entry) => [entry.text(1), entry.text(2)])),
  };
}

function countOps(graph: Message, ops: Record<string, number>): void {
  for (const node of graph.messages(1)) {
    const op = node.text(4);
    ops[op] = (ops[op] ?? 0) + 1;
    for (const attribute of node.messages(5)) for (const body of attribute.messages(6)) countOps(body, ops);
  }
}

function portOf(info: Message): ModelPort {
  const tensor = info.messages(2)[0]?.messages(1)[0];
  const type = tensor?.number(1) ?? 0;
  const dims = tensor?.messages(2)[0]?.messages(1) ?? [];
  return {
    name: info.text(1),
    type: TYPES[type] ?? `type ${type}`,
    shape: dims.map((dim) => dim.number(1) ?? (dim.text(2) || '?')),
  };
}
