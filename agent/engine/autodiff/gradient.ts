/**
 * Reverse-mode differentiation: one walk back over the nodes that lead from the wanted values to the result, appending
 * gradient nodes to the same graph. Fan-out is summed and broadcasting undone here, once, so no rule has to.
 */
import type { Builder } from '../ir/graph.ts';
import {
  type GradContext,
  type GradRule,
  type GraphBuilder,
  NOT_DIFFERENTIABLE,
  type Node,
  type OpName,
  type Registry,
} from '../ir/op.ts';
import { printNode } from '../ir/print.ts';
import { type Shape, sameShape, type Value } from '../ir/types.ts';

/**
 * The gradients by each of `wanted`, which must lead to `y`, where `dy` is the gradient by `y`. Scaling `dy` scales them
 * all for the price of one.
 */
export function gradient(
  registry: Registry,
  b: Builder,
  y: Value,
  dy: Value,
  wanted: readonly Value[],
): readonly Value[] {
  const path = nodesOnPath(b.nodes, y, wanted);
  const gradients = new Map<string, Value>([[y.name, dy]]);
  for (const { node, needs } of path) {
    const incoming = gradients.get(node.outputs[0]!.name);
    if (incoming === undefined) throw new Error(`no gradient reaches the first output of ${printNode(node)}`);
    node.inputs.forEach((x, index) => {
      if (!needs[index]) return;
      const rule = ruleOf(registry, node, index);
      if (rule === null) return;
      const context: GradContext<OpName> = { b, x: node.inputs, y: node.outputs, dy: incoming, attrs: node.attrs };
      const dx = unbroadcast(b, rule(context), x.shape);
      const known = gradients.get(x.name);
      gradients.set(x.name, known === undefined ? dx : b.op('Add', [known, dx]));
    });
  }
  return wanted.map((value) => {
    const found = gradients.get(value.name);
    if (found === undefined) throw new Error(`${y.name} does not depend on ${value.name}`);
    return found;
  });
}

interface PathNode {
  readonly node: Node;
  /** Which inputs lead back to a wanted value. */
  readonly needs: readonly boolean[];
}

/** Nodes between the wanted values and `y`, last first. */
function nodesOnPath(nodes: readonly Node[], y: Value, wanted: readonly Value[]): readonly PathNode[] {
  const reached = new Set(wanted.map((value) => value.name));
  for (const node of nodes) {
    if (!node.inputs.some((value) => reached.has(value.name))) continue;
    for (const output of node.outputs) reached.add(output.name);
  }
  const leading = new Set([y.name]);
  const path: PathNode[] = [];
  for (const node of [...nodes].reverse()) {
    if (!node.outputs.some((output) => leading.has(output.name) && reached.has(output.name))) continue;
    const needs = node.inputs.map((value) => reached.has(value.name));
    if (!needs.includes(true)) continue;
    for (const value of node.inputs) leading.add(value.name);
    path.push({ node, needs });
  }
  return path;
}

function ruleOf(registry: Registry, node: Node, index: number): GradRule<OpName> | null {
  const { grad } = registry[node.op];
  const rule = grad === NOT_DIFFERENTIABLE ? grad : (grad[index] as GradRule<OpName> | null | undefined);
  if (rule === undefined || (rule as unknown) === NOT_DIFFERENTIABLE) {
    throw new Error(`input ${index} has no gradient rule: ${printNode(node)}`);
  }
  return rule as GradRule<OpName> | null;
}

/** Sums what was repeated to go from `shape` to the gradient's shape. */
function unbroadcast(b: GraphBuilder, dx: Value, shape: Shape): Value {
  if (sameShape(dx.shape, shape)) return dx;
  const added = dx.shape.length - shape.length;
  const axes = dx.shape.flatMap((dim, axis) =>
    axis < added || (shape[axis - added] === 1 && dim !== 1) ? [axis] : [],
  );
  const summed = axes.length === 0 ? dx : b.op('ReduceSum', [dx], { axes, keepDims: true });
  return sameShape(summed.shape, shape) ? summed : b.op('Reshape', [summed], { shape });
}
