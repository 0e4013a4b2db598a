/** Models of one node, written straight in ONNX's words: a probe asks for more ops than the engine has. */
import { tensorData } from '../../ir/types.ts';
import { ATTRIBUTE_TYPE, irVersionOf } from '../../onnx/opset.ts';
import { MessageWriter } from '../../onnx/wire.ts';

/** `TensorProto.DataType` of the ONNX specification. */
const ELEMENT_TYPE = {
  float32: 1,
  uint8: 2,
  int32: 6,
  int64: 7,
  bool: 9,
  float16: 10,
  float64: 11,
  uint32: 12,
} as const;

export type ElementType = keyof typeof ELEMENT_TYPE;

export interface FedInput {
  readonly dtype: ElementType;
  readonly shape: readonly number[];
  /** Default: numbers of the type's own, the same every time. */
  readonly values?: readonly number[];
}

/** Part of the model, as axes and target shapes mostly are. */
export interface FixedInput {
  readonly dtype: ElementType;
  readonly shape: readonly number[];
  readonly fixed: readonly number[];
}

export type ProbeAttribute = number | string | readonly number[] | { readonly float: number };

export interface OneNode {
  readonly op: string;
  readonly domain?: 'com.microsoft';
  /** Null: an optional input that is not given. */
  readonly inputs: readonly (FedInput | FixedInput | null)[];
  readonly attributes?: Readonly<Record<string, ProbeAttribute>>;
  /** Type of each output; null where it is not asked for. */
  readonly outputs: readonly (ElementType | null)[];
}

const OPSET = 18;

export const inputName = (index: number): string => `input ${index}`;

/** `ModelProto` bytes; the inputs that are fed are called `inputName(index)`. */
export function writeOneNode({ op, domain, inputs, attributes = {}, outputs }: OneNode): Uint8Array {
  const node = new MessageWriter();
  inputs.forEach((input, i) => {
    node.string(1, input === null ? '' : inputName(i));
  });
  outputs.forEach((type, i) => {
    node.string(2, type === null ? '' : `output ${i}`);
  });
  node.string(4, op);
  if (domain !== undefined) node.string(7, domain);
  for (const [name, value] of Object.entries(attributes)) node.message(5, writeAttribute(name, value));

  const graph = new MessageWriter().message(1, node).string(2, op);
  inputs.forEach((input, i) => {
    if (input !== null && 'fixed' in input) graph.message(5, writeTensor(inputName(i), input));
  });
  inputs.forEach((input, i) => {
    if (input !== null && !('fixed' in input)) graph.message(11, valueInfo(inputName(i), input.dtype, input.shape));
  });
  outputs.forEach((type, i) => {
    if (type !== null) graph.message(12, valueInfo(`output ${i}`, type, null));
  });
  const model = new MessageWriter().int(1, irVersionOf(OPSET)).string(2, 'sower').message(7, graph);
  model.message(8, new MessageWriter().string(1, '').int(2, OPSET));
  if (domain !== undefined) model.message(8, new MessageWriter().string(1, domain).int(2, 1));
  return model.finish();
}

function writeAttribute(name: string, value: ProbeAttribute): MessageWriter {
  const message = new MessageWriter().string(1, name);
  if (typeof value === 'number') return message.int(3, value).int(20, ATTRIBUTE_TYPE.int);
  if (typeof value === 'string') return message.string(4, value).int(20, ATTRIBUTE_TYPE.string);
  if ('float' in value) return message.float(2, value.float).int(20, ATTRIBUTE_TYPE.float);
  for (const item of value) message.int(8, item);
  return message.int(20, ATTRIBUTE_TYPE.ints);
}

function writeTensor(name: string, { dtype, shape, fixed }: FixedInput): MessageWriter {
  const message = new MessageWriter();
  for (const dim of shape) message.int(1, dim);
  const { buffer, byteOffset, byteLength } = typedValues(dtype, fixed);
  return message
    .int(2, ELEMENT_TYPE[dtype])
    .string(8, name)
    .bytes(9, new Uint8Array(buffer, byteOffset, byteLength));
}

function valueInfo(name: string, dtype: ElementType, shape: readonly number[] | null): MessageWriter {
  const type = new MessageWriter().int(1, ELEMENT_TYPE[dtype]);
  if (shape !== null) {
    const dims = new MessageWriter();
    for (const dim of shape) dims.message(1, new MessageWriter().int(1, dim));
    type.message(2, dims);
  }
  return new MessageWriter().string(1, name).message(2, new MessageWriter().message(1, type));
}

/** float16 as its bits, of the few values that the probes use. */
const HALF = new Map([
  [0, 0],
  [0.25, 0x3400],
  [0.5, 0x3800],
  [0.75, 0x3a00],
  [1, 0x3c00],
]);

export function typedValues(
  dtype: ElementType,
  values: readonly number[],
): Float32Array | Float64Array | Uint8Array | Uint16Array | Int32Array | Uint32Array | BigInt64Array {
  if (dtype === 'float16') return Uint16Array.from(values, (value) => HALF.get(value) ?? 0x3c00);
  return tensorData(dtype, values);
}

/** Positive and not too even, so that logarithms, divisions and windows have something to do. */
export function valuesOf({ dtype, shape, values }: FedInput): readonly number[] {
  const count = shape.reduce((product, dim) => product * dim, 1);
  if (values !== undefined) return values;
  const quarter = (i: number): number => (((i * 7) % 4) + 1) / 4;
  const at = (i: number): number => {
    if (dtype === 'bool') return (i * 7) % 2;
    if (dtype.startsWith('float')) return quarter(i);
    return ((i * 7) % 5) + 1;
  };
  return Array.from({ length: count }, (_, i) => at(i));
}
