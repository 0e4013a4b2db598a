/** ONNX emission that several ops share. */
import type { Node, OnnxAttribute, OnnxNode } from '../ir/op.ts';

type Emit = (node: Pick<Node, 'inputs'>) => OnnxNode;

/** The same inputs, no attributes. */
export function emitPlain(opType: string): Emit {
  return (node) => ({ opType, inputs: node.inputs, attributes: {} });
}

export const intAttribute = (value: number | boolean): OnnxAttribute => ({ type: 'int', value: Number(value) });
export const floatAttribute = (value: number): OnnxAttribute => ({ type: 'float', value });
export const intsAttribute = (value: readonly number[]): OnnxAttribute => ({ type: 'ints', value });
export const stringAttribute = (value: string): OnnxAttribute => ({ type: 'string', value });
