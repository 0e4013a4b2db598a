/**
 * The lowering of `w + s * v` for onnxruntime's CPU provider, with a scalar s, where one op does in one pass what Mul and Add do
 * in two: a column or a row is a Gemm with one product each, a large tensor a FusedConv of one channel with one tap.
 */
import type { Graph, Node } from '../ir/op.ts';
import { elementCount, type Shape, sameShape, type Value } from '../ir/types.ts';
import { countUses, everywhere } from './rewrite.ts';

/** Of fewer elements the reshapes cost as much as the pass. */
const LEAST_ELEMENTS = 2 ** 15;

export const addScaledInOnePass = (graph: Graph): Graph => everywhere(lowerBody, graph);

interface ScaledSum {
  readonly addend: Value;
  readonly scaled: Value;
  readonly scalar: Value;
  /** The product, which nothing else reads. */
  readonly product: Node;
}

function lowerBody(body: Graph): Graph {
  const uses = countUses(body);
  const producers = new Map(body.nodes.flatMap((node) => node.outputs.map((value) => [value.name, node] as const)));
  const sumOf = (node: Node): ScaledSum | null => {
    const [y] = node.outputs as [Value];
    if (node.op !== 'Add' || y.dtype !== 'float32') return null;
    for (const at of [0, 1]) {
      const product = producers.get(node.inputs[at]!.name);
      const addend = node.inputs[1 - at]!;
      if (product?.op !== 'Mul' || uses.get(node.inputs[at]!.name) !== 1 || !sameShape(addend.shape, y.shape)) continue;
      const scalar = product.inputs.find(({ shape }) => isScalar(shape));
      const scaled = product.inputs.find(({ shape }) => sameShape(shape, y.shape));
      if (scalar === undefined || scaled === undefined) continue;
      const sum = { addend, scaled, scalar, product };
      return isLarge(y.shape) || isVector(sum) ? sum : null;
    }
    return null;
  };
  const sums = new Map(body.nodes.map((node) => [node, sumOf(node)]));
  const swallowed = new Set([...sums.values()].map((sum) => sum?.product));
  const nodes = body.nodes.flatMap((node): readonly Node[] => {
    const sum = sums.get(node);
    if (swallowed.has(node)) return [];
    if (sum === null || sum === undefined) return [node];
    return isVector(sum) ? [asGemm(sum, node.outputs[0]!)] : asConvolution(sum, node.outputs[0]!);
  });
  return { ...body, nodes };
}

const isLarge = (shape: Shape): boolean =>
  shape.every((dim) => typeof dim === 'number') && elementCount(shape) >= LEAST_ELEMENTS;

const isScalar = (shape: Shape): boolean => shape.every((dim) => dim === 1);

/** A bias and its slot, with a scalar of as many axes. */
const isVector = ({ scaled: { shape }, scalar }: Pick<ScaledSum, 'scaled' | 'scalar'>): boolean =>
  shape.length === 2 && scalar.shape.length === 2 && shape.includes(1) && !isScalar(shape);

/** v [n, 1] s [1, 1] + w, or s [1, 1] v [1, n] + w */
function asGemm({ addend, scaled, scalar }: ScaledSum, y: Value): Node {
  const factors = y.shape[1] === 1 ? [scaled, scalar] : [scalar, scaled];
  const attrs = { transA: false, transB: false, alpha: 1, beta: 1 };
  return { op: 'Gemm', inputs: [...factors, addend], outputs: [y], attrs };
}

/** FusedConv(v [1, 1, n], s [1, 1, 1], w [1, 1, n]) between reshapes that move nothing. */
function asConvolution({ addend, scaled, scalar }: ScaledSum, y: Value): readonly Node[] {
  const all = [1, 1, elementCount(y.shape)];
  const flat = (input: Value, part: string, shape: Shape): { readonly node: Node; readonly output: Value } => {
    const output: Value = { name: `${y.name}/${part}`, dtype: y.dtype, shape };
    return { node: { op: 'Reshape', inputs: [input], outputs: [output], attrs: { shape } }, output };
  };
  const [x, w, z] = [flat(scaled, 'vector', all), flat(scalar, 'factor', [1, 1, 1]), flat(addend, 'addend', all)];
  const sum: Value = { name: `${y.name}/flat`, dtype: y.dtype, shape: all };
  return [
    ...[x, w, z].map(({ node }) => node),
    { op: 'FusedConv', inputs: [x.output, w.output, z.output], outputs: [sum], attrs: {} },
    { op: 'Reshape', inputs: [sum], outputs: [y], attrs: { shape: y.shape } },
  ];
}
