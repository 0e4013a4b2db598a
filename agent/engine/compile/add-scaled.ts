/**
 * The lowering of large `w + s * v` for onnxruntime's CPU provider, with a scalar s: as a convolution of one channel with one
 * tap, FusedConv does in one pass what Mul and Add do in two.
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
    if (node.op !== 'Add' || y.dtype !== 'float32' || !isLarge(y.shape)) return null;
    for (const at of [0, 1]) {
      const product = producers.get(node.inputs[at]!.name);
      const addend = node.inputs[1 - at]!;
      if (product?.op !== 'Mul' || uses.get(node.inputs[at]!.name) !== 1 || !sameShape(addend.shape, y.shape)) continue;
      const scalar = product.inputs.find(({ shape }) => isScalar(shape));
      const scaled = product.inputs.find(({ shape }) => sameShape(shape, y.shape));
      if (scalar !== undefined && scaled !== undefined) return { addend, scaled, scalar, product };
    }
    return null;
  };
  const sums = new Map(body.nodes.map((node) => [node, sumOf(node)]));
  const swallowed = new Set([...sums.values()].map((sum) => sum?.product));
  const nodes = body.nodes.flatMap((node): readonly Node[] => {
    const sum = sums.get(node);
    if (swallowed.has(node)) return [];
    return sum === null || sum === undefined ? [node] : onePass(sum, node.outputs[0]!);
  });
  return { ...body, nodes };
}

const isLarge = (shape: Shape): boolean =>
  shape.every((dim) => typeof dim === 'number') && elementCount(shape) >= LEAST_ELEMENTS;

const isScalar = (shape: Shape): boolean => shape.every((dim) => dim === 1);

/** FusedConv(v [1, 1, n], s [1, 1, 1], w [1, 1, n]) between reshapes that move nothing. */
function onePass({ addend, scaled, scalar }: ScaledSum, y: Value): readonly Node[] {
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
