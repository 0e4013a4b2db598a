/** Writes a graph, its constants and the bodies of its loops as an ONNX file. Field numbers are those of onnx.proto. */
import type { Constant, Graph, IndexVector, Node, NodeOf, OnnxAttribute, OnnxNode, OpDef, OpName } from '../ir/op.ts';
import type { Dim, TensorData, Value } from '../ir/types.ts';
import { ELEMENT_TYPE } from '../ops/emission.ts';
import { registry } from '../ops/registry.ts';
import { ATTRIBUTE_TYPE, irVersionOf } from './opset.ts';
import { MessageWriter } from './wire.ts';

export interface ModelOptions {
  readonly opset: number;
  readonly metadata?: Readonly<Record<string, string>>;
}

const PRODUCER = 'sower';

/** What the graph and its bodies share while being written. */
interface Scope {
  readonly opset: number;
  /** int64 vectors that ONNX takes as inputs, by the name of the initializer that holds them. */
  readonly indexVectors: Map<string, readonly number[]>;
  /** Domains other than ONNX's own that nodes come from. */
  readonly domains: Set<string>;
}

/** `ModelProto` bytes. */
export function writeModel(graph: Graph, { opset, metadata = {} }: ModelOptions): Uint8Array {
  const model = new MessageWriter().int(1, irVersionOf(opset)).string(2, PRODUCER);
  const scope: Scope = { opset, indexVectors: new Map(), domains: new Set() };
  model.message(7, writeGraph(graph, scope, true));
  model.message(8, new MessageWriter().string(1, '').int(2, opset));
  for (const domain of scope.domains) model.message(8, new MessageWriter().string(1, domain).int(2, 1));
  for (const [key, value] of Object.entries(metadata)) {
    model.message(14, new MessageWriter().string(1, key).string(2, value));
  }
  return model.finish();
}

/** Index vectors of the bodies are initializers of the outermost graph, which is why its nodes are written first. */
function writeGraph(graph: Graph, scope: Scope, outermost: boolean): MessageWriter {
  const message = new MessageWriter();
  for (const node of graph.nodes) message.message(1, writeNode(node, scope));
  message.string(2, graph.name);
  for (const constant of graph.constants) message.message(5, writeConstant(constant));
  if (outermost) {
    for (const [name, values] of scope.indexVectors) {
      const data = BigInt64Array.from(values, (value) => BigInt(value));
      message.message(5, writeTensor(name, ELEMENT_TYPE.int64, [values.length], data));
    }
  }
  for (const input of graph.inputs) message.message(11, writeValueInfo(input));
  for (const output of graph.outputs) message.message(12, writeValueInfo(output));
  return message;
}

function emit<N extends OpName>(node: NodeOf<N>, opset: number): OnnxNode {
  return (registry[node.op] as OpDef<N>).emit(node, opset);
}

function writeNode(node: Node, scope: Scope): MessageWriter {
  const emitted = emit(node, scope.opset);
  const message = new MessageWriter();
  for (const input of emitted.inputs) message.string(1, inputName(input, scope));
  for (const output of node.outputs) message.string(2, output.name);
  message.string(3, node.outputs[0]?.name ?? '');
  message.string(4, emitted.opType);
  if (emitted.domain !== undefined) {
    message.string(7, emitted.domain);
    scope.domains.add(emitted.domain);
  }
  for (const [name, attribute] of Object.entries(emitted.attributes)) {
    message.message(5, writeAttribute(name, attribute, scope));
  }
  return message;
}

function inputName(input: Value | IndexVector | null, scope: Scope): string {
  if (input === null) return '';
  if (!('int64s' in input)) return input.name;
  const name = `int64s [${input.int64s.join(',')}]`;
  scope.indexVectors.set(name, input.int64s);
  return name;
}

function writeAttribute(name: string, attribute: OnnxAttribute, scope: Scope): MessageWriter {
  const message = new MessageWriter().string(1, name);
  switch (attribute.type) {
    case 'float':
      message.float(2, attribute.value);
      break;
    case 'int':
      message.int(3, attribute.value);
      break;
    case 'string':
      message.string(4, attribute.value);
      break;
    case 'graph':
      message.message(6, writeGraph(attribute.value, scope, false));
      break;
    case 'ints':
      for (const value of attribute.value) message.int(8, value);
      break;
    default:
      return attribute satisfies never;
  }
  return message.int(20, ATTRIBUTE_TYPE[attribute.type]);
}

function writeConstant({ value, data }: Constant): MessageWriter {
  return writeTensor(value.name, ELEMENT_TYPE[value.dtype], value.shape, data);
}

function writeTensor(name: string, elementType: number, shape: readonly Dim[], data: TensorData): MessageWriter {
  const message = new MessageWriter();
  for (const dim of shape) {
    if (typeof dim !== 'number') throw new Error(`the constant ${name} has the unknown dimension ${dim}`);
    message.int(1, dim);
  }
  const raw = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
  return message.int(2, elementType).string(8, name).bytes(9, raw);
}

function writeValueInfo({ name, dtype, shape }: Value): MessageWriter {
  const dims = new MessageWriter();
  for (const dim of shape) {
    const dimension = new MessageWriter();
    dims.message(1, typeof dim === 'number' ? dimension.int(1, dim) : dimension.string(2, dim));
  }
  const tensorType = new MessageWriter().int(1, ELEMENT_TYPE[dtype]).message(2, dims);
  return new MessageWriter().string(1, name).message(2, new MessageWriter().message(1, tensorType));
}
