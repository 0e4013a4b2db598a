/** Says whether a graph is legal; run after every stage of the compiler. */
import type { Graph, Node, OpAttrs, OpDef, OpName, Registry } from './op.ts';
import { printNode } from './print.ts';
import { elementCount, formatType, sameType, type TensorType, type Value } from './types.ts';

/** A broken graph is a bug of the compiler, never of its user. */
export class GraphError extends Error {
  override readonly name = 'GraphError';
}

/** Every value bound once and before its use, every type as inferred, every constant of the size its type says. */
export function checkGraph(registry: Registry, graph: Graph): void {
  checkScope(registry, graph, new Map(), new Set());
}

function checkScope(registry: Registry, graph: Graph, outer: ReadonlyMap<string, Value>, taken: Set<string>): void {
  const bound = new Map(outer);
  const fail = (message: string): never => {
    throw new GraphError(`${graph.name}: ${message}`);
  };
  const bind = (value: Value): void => {
    if (taken.has(value.name)) fail(`${value.name} is bound twice`);
    taken.add(value.name);
    bound.set(value.name, value);
  };
  const use = (value: Value, where: string): void => {
    const known = bound.get(value.name);
    if (known === undefined) fail(`${value.name} is used before it is bound: ${where}`);
    else if (!sameType(known, value)) {
      fail(`${value.name} is ${formatType(known)} but used as ${formatType(value)}: ${where}`);
    }
  };
  for (const value of graph.inputs) bind(value);
  for (const { value, data } of graph.constants) {
    if (data.length !== elementCount(value.shape)) {
      fail(`${value.name}: ${formatType(value)} holds ${data.length} elements`);
    }
    bind(value);
  }
  for (const node of graph.nodes) {
    for (const value of node.inputs) use(value, printNode(node));
    if (node.op === 'Loop') checkScope(registry, node.attrs.body, bound, taken);
    const inferred = inferNode(registry, node, fail);
    const same =
      inferred.length === node.outputs.length && inferred.every((t, i) => sameType(t, node.outputs[i] as Value));
    if (!same) fail(`the rule says ${inferred.map(formatType).join(', ')}: ${printNode(node)}`);
    for (const value of node.outputs) bind(value);
  }
  for (const value of graph.outputs) use(value, 'as an output');
}

function inferNode(registry: Registry, node: Node, fail: (message: string) => never): readonly TensorType[] {
  const def = registry[node.op] as OpDef<OpName>;
  try {
    return def.infer(node.inputs, node.attrs as OpAttrs[OpName]);
  } catch (error) {
    return fail(`${error instanceof Error ? error.message : String(error)}: ${printNode(node)}`);
  }
}
