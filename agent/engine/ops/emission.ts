/** ONNX emission that several ops share. */
import type { Node, OnnxAttribute, OnnxNode } from '../ir/op.ts';
import type { DType } from '../ir/types.ts';

/** `TensorProto.DataType` of the ONNX specification. */
export const ELEMENT_TYPE: Readonly<Record<DType, number>> = {
  float32: 1,
  uint8: 2,
  int32: 6,
  int64: 7,
  bool: 9,
  float64: 11,
  uint32: 12,
};

type Emit = (node: Pick<Node, 'inputs'>) => OnnxNode;

/** The same inputs, no attributes. */
export function emitPlain(opType: string): Emit {
  return (node) => ({ opType, inputs: node.inputs, attributes: {} });
}

export const intAttribute = (value: number | boolean): OnnxAttribute => ({ type: 'int', value: Number(value) });
export const floatAttribute = (value: number): OnnxAttribute => ({ type: 'float', value });
export const intsAttribute = (value: readonly number[]): OnnxAttribute => ({ type: 'ints', value });
export const stringAttribute = (value: string): OnnxAttribute => ({ type: 'string', value });
