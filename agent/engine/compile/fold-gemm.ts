/**
 * The lowering of dense layers for speed: what stands beside a Gemm moves into it. A step is bound by passes over the
 * weights, and Gemm adds C and multiplies by alpha for less than a node of its own would take.
 */
import type { Graph, Node, NodeOf } from '../ir/op.ts';
import { sameShape } from '../ir/types.ts';
import { countUses } from './rewrite.ts';

type Producers = ReadonlyMap<string, Node>;

const producersOf = (graph: Graph): Producers =>
  new Map(graph.nodes.flatMap((node) => node.outputs.map((value) => [value.name, node] as const)));

/**
 * `Gemm(A, B) + C` becomes `Gemm(A, B, C)` where the product is used for nothing else. This is how a momentum step
 * `v' = momentum * v + u` swallows the weight gradient `u`.
 */
export function foldAddIntoGemm(graph: Graph): Graph {
  const uses = countUses(graph);
  const producers = producersOf(graph);
  const swallowed = new Set<Node>();
  const fold = (node: Node): Node => {
    if (node.op !== 'Add') return node;
    for (const at of [0, 1]) {
      const product = node.inputs[at]!;
      const addend = node.inputs[1 - at]!;
      const gemm = producers.get(product.name);
      const foldable = gemm?.op === 'Gemm' && gemm.inputs.length === 2 && uses.get(product.name) === 1;
      if (!foldable || !sameShape(addend.shape, product.shape) || swallowed.has(gemm)) continue;
      swallowed.add(gemm);
      return { ...gemm, inputs: [...gemm.inputs, addend], outputs: node.outputs };
    }
    return node;
  };
  const nodes = graph.nodes.map(fold);
  return { ...graph, nodes: nodes.filter((node) => !swallowed.has(node)) };
}

/**
 * Moves the alpha of a product into the one that its first factor comes from, through the mask between them (a ReLU's
 * gradient), so that what is left has an alpha of 1; other readers of that factor divide theirs. `wanted` picks the products.
 */
export function moveScaleBack(graph: Graph, wanted: (gemm: NodeOf<'Gemm'>) => boolean): Graph {
  const producers = producersOf(graph);
  const uses = countUses(graph);
  const alphas = new Map<string, number>();
  for (const node of graph.nodes) {
    if (node.op !== 'Gemm' || node.attrs.alpha === 1 || !wanted(node)) continue;
    const factor = node.inputs[0]!;
    const mask = producers.get(factor.name);
    if (mask?.op !== 'Mul') continue;
    const source = mask.inputs
      .map(({ name }) => producers.get(name))
      .find((from) => from?.op === 'Gemm' && from.inputs.length === 2 && uses.get(from.outputs[0]!.name) === 1);
    const readers = graph.nodes.filter(({ inputs }) => inputs.some(({ name }) => name === factor.name));
    const linear = readers.every(({ op, inputs }) => op === 'Gemm' && inputs[2]?.name !== factor.name);
    if (source?.op !== 'Gemm' || !linear || readers.length !== uses.get(factor.name)) continue;
    const all = [source, ...readers] as readonly NodeOf<'Gemm'>[];
    if (all.some(({ outputs: [y] }) => alphas.has(y!.name))) continue;
    for (const each of all) {
      const alpha = each === source ? each.attrs.alpha * node.attrs.alpha : each.attrs.alpha / node.attrs.alpha;
      alphas.set(each.outputs[0]!.name, alpha);
    }
  }
  const nodes = graph.nodes.map((node): Node => {
    const alpha = node.op === 'Gemm' ? alphas.get(node.outputs[0]!.name) : undefined;
    return node.op === 'Gemm' && alpha !== undefined ? { ...node, attrs: { ...node.attrs, alpha } } : node;
  });
  return { ...graph, nodes };
}
