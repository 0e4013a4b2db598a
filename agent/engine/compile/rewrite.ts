/** Tools of the passes: a pass takes a graph and returns another that computes the same. */
import type { Graph, Node } from '../ir/op.ts';
import type { Value } from '../ir/types.ts';

export type Substitution = ReadonlyMap<string, Value>;

/** The node with some of its inputs (and those of its body) replaced. */
export function substituteInputs(node: Node, substitution: Substitution): Node {
  const inputs = node.inputs.map((value) => substitution.get(value.name) ?? value);
  if (node.op !== 'Loop') return { ...node, inputs } as Node;
  return { ...node, inputs, attrs: { ...node.attrs, body: substitute(node.attrs.body, substitution) } };
}

function substitute(graph: Graph, substitution: Substitution): Graph {
  return { ...graph, nodes: graph.nodes.map((node) => substituteInputs(node, substitution)) };
}

/** Applies a pass to every body, innermost first, and then to the graph itself. */
export function everywhere(pass: (graph: Graph) => Graph, graph: Graph): Graph {
  const nodes = graph.nodes.map((node): Node => {
    if (node.op !== 'Loop') return node;
    return { ...node, attrs: { ...node.attrs, body: everywhere(pass, node.attrs.body) } };
  });
  return pass({ ...graph, nodes });
}

/** How often each value is used in the graph, its bodies and as an output. */
export function countUses(graph: Graph, uses = new Map<string, number>()): Map<string, number> {
  const use = (value: Value): void => void uses.set(value.name, (uses.get(value.name) ?? 0) + 1);
  for (const node of graph.nodes) {
    node.inputs.forEach(use);
    if (node.op === 'Loop') countUses(node.attrs.body, uses);
  }
  graph.outputs.forEach(use);
  return uses;
}
