/** For providers without the op Loop: a graph whose loops are run once each, their bodies written out in their place. */
import type { Graph, Node } from '../ir/op.ts';
import type { Value } from '../ir/types.ts';
import { LoweringScope, NodeBuilder } from './lower/node-builder.ts';
import { substituteInputs } from './rewrite.ts';

/** The trip count goes unread, and whoever runs the graph has to mean one trip. Loops within loops are left alone. */
export function inlineLoops(graph: Graph): Graph {
  const scope = new LoweringScope('trip ');
  const b = new NodeBuilder(scope);
  const replaced = new Map<string, Value>();
  const nodes = graph.nodes.flatMap((original): readonly Node[] => {
    const node = substituteInputs(original, replaced);
    if (node.op !== 'Loop') return [node];
    const { body, carried, steps } = node.attrs;
    const [, going, ...state] = node.inputs as [Value, Value, ...Value[]];
    const given = [b.scalar('int64', 0), going, ...state];
    const inside = new Map(body.inputs.map((value, i) => [value.name, given[i]!]));
    const inlined = body.nodes.map((inner) => substituteInputs(inner, inside));
    // The first output of the body is its condition; what it scans gets the axis of the trips, of which there is one.
    const results = body.outputs.slice(1);
    results.slice(0, carried).forEach((value, i) => {
      replaced.set(node.outputs[i]!.name, value);
    });
    const scanned = results.slice(carried).map((value, i): Node => {
      const output = node.outputs[carried + i]!;
      return { op: 'Expand', inputs: [value], outputs: [output], attrs: { shape: [steps, ...value.shape] } };
    });
    return [...inlined, ...scanned];
  });
  return { ...graph, nodes, constants: [...graph.constants, ...scope.constants] };
}
