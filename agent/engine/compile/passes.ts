/** Passes that clean up: what is computed twice, in the wrong place, or for nothing. */
import type { Graph, Node } from '../ir/op.ts';
import { sameShape, type Value } from '../ir/types.ts';
import { countUses, substituteInputs } from './rewrite.ts';

/**
 * Moves nodes of a loop's body that depend on nothing of the body in front of the loop: a learning rate is negated once
 * a chunk, not once a step.
 */
export function hoistInvariants(graph: Graph): Graph {
  const nodes = graph.nodes.flatMap((node): readonly Node[] => {
    if (node.op !== 'Loop') return [node];
    const { body } = node.attrs;
    const outputs = new Set(body.outputs.map((value) => value.name));
    const varying = new Set(body.inputs.map((value) => value.name));
    const kept: Node[] = [];
    const hoisted: Node[] = [];
    for (const inner of body.nodes) {
      const stays =
        inner.op === 'Loop' ||
        inner.inputs.some((value) => varying.has(value.name)) ||
        inner.outputs.some((value) => outputs.has(value.name));
      if (stays) for (const value of inner.outputs) varying.add(value.name);
      (stays ? kept : hoisted).push(inner);
    }
    return [...hoisted, { ...node, attrs: { ...node.attrs, body: { ...body, nodes: kept } } }];
  });
  return { ...graph, nodes };
}

/** What is computed twice from the same inputs is computed once. No op of ours draws or counts, so equal nodes are equal. */
export function mergeEqual(graph: Graph): Graph {
  const outputs = new Set(graph.outputs.map((value) => value.name));
  const known = new Map<string, Node>();
  const merged = new Map<string, Value>();
  const nodes = graph.nodes.flatMap((original): readonly Node[] => {
    const node = substituteInputs(original, merged);
    if (node.op === 'Loop' || node.outputs.some((value) => outputs.has(value.name))) return [node];
    const key = JSON.stringify([node.op, node.inputs.map((value) => value.name), node.attrs]);
    const same = known.get(key);
    if (same === undefined) {
      known.set(key, node);
      return [node];
    }
    node.outputs.forEach((value, i) => {
      merged.set(value.name, same.outputs[i]!);
    });
    return [];
  });
  return { ...graph, nodes };
}

/** A reshape of a reshape is one of what came before, or none; the first is left to `dropUnused`. */
export function joinReshapes(graph: Graph): Graph {
  const outputs = new Set(graph.outputs.map((value) => value.name));
  const before = new Map<string, Value>();
  const same = new Map<string, Value>();
  const nodes = graph.nodes.flatMap((original): readonly Node[] => {
    const node = substituteInputs(original, same);
    if (node.op !== 'Reshape') return [node];
    const [input, output] = [node.inputs[0]!, node.outputs[0]!];
    const from = before.get(input.name) ?? input;
    before.set(output.name, from);
    if (!sameShape(from.shape, output.shape) || outputs.has(output.name)) return [{ ...node, inputs: [from] }];
    same.set(output.name, from);
    return [];
  });
  return { ...graph, nodes };
}

/** Lets a node bind a graph's output itself where only an Identity stood between. */
export function dropIdentities(graph: Graph): Graph {
  const outputs = new Set(graph.outputs.map((value) => value.name));
  const produced = new Set(graph.nodes.flatMap((node) => node.outputs.map((value) => value.name)));
  const renamed = new Map<string, Value>();
  const dropped = new Set<Node>();
  for (const node of graph.nodes) {
    const [from] = node.inputs as [Value];
    const [to] = node.outputs as [Value];
    if (node.op !== 'Identity' || !outputs.has(to.name)) continue;
    if (!produced.has(from.name) || outputs.has(from.name) || renamed.has(from.name)) continue;
    renamed.set(from.name, to);
    dropped.add(node);
  }
  const nodes = graph.nodes
    .filter((node) => !dropped.has(node))
    .map((node): Node => {
      const substituted = substituteInputs(node, renamed);
      return { ...substituted, outputs: node.outputs.map((value) => renamed.get(value.name) ?? value) } as Node;
    });
  return { ...graph, nodes };
}

/** Leaves out nodes and constants that lead to no output. */
export function dropUnused(graph: Graph): Graph {
  let current = graph;
  for (;;) {
    const uses = countUses(current);
    const nodes = current.nodes.filter((node) => node.outputs.some((value) => uses.has(value.name)));
    if (nodes.length === current.nodes.length) {
      return { ...current, constants: current.constants.filter(({ value }) => uses.has(value.name)) };
    }
    current = { ...current, nodes };
  }
}
