/**
 * The lowering of large weight steps for onnxruntime's CPU provider: `Gemm(A, B, C)` copies C before it adds to it,
 * FusedConv adds where C lies. Small matrices are left alone: the reshapes would cost more than the copy.
 */
import type { Constant, Graph, Node, NodeOf } from '../ir/op.ts';
import { elementCount, type Shape, sameShape, tensorData, type Value } from '../ir/types.ts';
import { moveScaleBack } from './fold-gemm.ts';
import { everywhere } from './rewrite.ts';

/** The two forms take the same time at about 25,000 elements with batches of 32; at 78,400 this one is 4 to 6 % ahead. */
const LEAST_ELEMENTS = 2 ** 15;

/** C has to be this many times as large as B to be worth turning B around. */
const TRANSPOSED_SHARE = 4;

/**
 * In every graph and body, products added to what is read no more. Where that is one of the loop's own tensors it is copied
 * all the same; the form is the same in every step, so that results do not depend on how many steps a body holds.
 */
export function accumulateInPlace(graph: Graph): Graph {
  const added: Constant[] = [];
  const lowered = everywhere((body) => lowerBody(body, added), graph);
  return { ...lowered, constants: [...lowered.constants, ...added] };
}

function lowerBody(given: Graph, added: Constant[]): Graph {
  const body = moveScaleBack(given, fits);
  const lastReader = new Map<string, Node | 'outputs'>();
  for (const node of body.nodes) for (const value of node.inputs) lastReader.set(value.name, node);
  for (const value of body.outputs) lastReader.set(value.name, 'outputs');
  const nodes = body.nodes.flatMap((node): readonly Node[] => {
    if (node.op !== 'Gemm') return [node];
    const addend = node.inputs[2];
    const free = addend !== undefined && lastReader.get(addend.name) === node;
    return free && fits(node) ? lowerGemm(node, added) : [node];
  });
  return { ...body, nodes };
}

function fits({ attrs, inputs, outputs: [y] }: NodeOf<'Gemm'>): boolean {
  if (inputs.length < 3) return false;
  const plain = !attrs.transA && attrs.beta === 1 && y?.dtype === 'float32';
  if (!plain || !sameShape(inputs[2]!.shape, y.shape)) return false;
  const elements = elementCount(y.shape);
  if (!attrs.transB) return elements >= LEAST_ELEMENTS;
  return elements >= LEAST_ELEMENTS && elements >= TRANSPOSED_SHARE * elementCount(inputs[1]!.shape);
}

/** alpha A B + C as FusedConv(B [1, k, n], alpha A [m, k, 1], C [1, m, n]), between reshapes that move nothing. */
function lowerGemm(gemm: NodeOf<'Gemm'>, added: Constant[]): readonly Node[] {
  const [a, given, c] = gemm.inputs as [Value, Value, Value];
  const [y] = gemm.outputs as [Value];
  const [m, n] = y.shape as [number, number];
  const nodes: Node[] = [];
  const value = (part: string, shape: Shape): Value => ({ name: `${y.name}/${part}`, dtype: y.dtype, shape });
  const reshaped = (input: Value, output: Value): Value => {
    nodes.push({ op: 'Reshape', inputs: [input], outputs: [output], attrs: { shape: output.shape } });
    return output;
  };
  let b = given;
  if (gemm.attrs.transB) {
    b = value('b', [given.shape[1]!, given.shape[0]!]);
    nodes.push({ op: 'Transpose', inputs: [given], outputs: [b], attrs: { perm: [1, 0] } });
  }
  const k = b.shape[0]!;
  let scaled = a;
  if (gemm.attrs.alpha !== 1) {
    const alpha = value('alpha', []);
    added.push({ value: alpha, data: tensorData(y.dtype, [gemm.attrs.alpha]) });
    scaled = value('scaled', a.shape);
    nodes.push({ op: 'Mul', inputs: [a, alpha], outputs: [scaled], attrs: {} });
  }
  const x = reshaped(b, value('x', [1, k, n]));
  const w = reshaped(scaled, value('w', [m, k, 1]));
  const z = reshaped(c, value('z', [1, m, n]));
  const sum = value('sum', [1, m, n]);
  nodes.push({ op: 'FusedConv', inputs: [x, w, z], outputs: [sum], attrs: {} });
  reshaped(sum, y);
  return nodes;
}
