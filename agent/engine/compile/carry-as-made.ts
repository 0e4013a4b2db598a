/**
 * Tensors of a loop in the shape in which its body makes them. A Reshape at the end of a body is a copy, as what leaves a body
 * lies in memory of its own; at its beginning it costs nothing.
 */
import type { Graph, Node } from '../ir/op.ts';
import type { Value } from '../ir/types.ts';

export const carryAsMade = (graph: Graph): Graph => ({
  ...graph,
  nodes: graph.nodes.flatMap((node) => (node.op === 'Loop' ? carried(node) : [node])),
});

const reshape = (input: Value, output: Value): Node => ({
  op: 'Reshape',
  inputs: [input],
  outputs: [output],
  attrs: { shape: output.shape },
});

/** A body takes its trip number and condition before the carried tensors, and gives its condition before them. */
const BEFORE_INPUTS = 2;
const BEFORE_OUTPUTS = 1;

function carried(loop: Extract<Node, { readonly op: 'Loop' }>): readonly Node[] {
  const { body, carried: count } = loop.attrs;
  const makers = new Map(body.nodes.map((node) => [node.outputs[0]!.name, node]));
  const [inputs, outputs] = [[...loop.inputs], [...loop.outputs]];
  const [bodyInputs, bodyOutputs] = [[...body.inputs], [...body.outputs]];
  const before: Node[] = [];
  const behind: Node[] = [];
  const within: Node[] = [];
  const used = new Set<string>();
  for (let i = 0; i < count; i++) {
    const after = bodyOutputs[BEFORE_OUTPUTS + i]!;
    const last = makers.get(after.name);
    const made = last?.op === 'Reshape' ? last.inputs[0]! : null;
    if (made === null || makers.get(made.name)?.op !== 'FusedConv' || used.has(made.name)) continue;
    used.add(made.name);
    const like = (value: Value): Value => ({ ...value, name: `${value.name}/as made`, shape: made.shape });
    const [given, entering, leaving] = [inputs[2 + i]!, bodyInputs[BEFORE_INPUTS + i]!, outputs[i]!];
    before.push(reshape(given, like(given)));
    within.push(reshape(like(entering), entering));
    behind.push(reshape(like(leaving), leaving));
    inputs[2 + i] = like(given);
    bodyInputs[BEFORE_INPUTS + i] = like(entering);
    bodyOutputs[BEFORE_OUTPUTS + i] = made;
    outputs[i] = like(leaving);
  }
  const lowered = { ...body, inputs: bodyInputs, outputs: bodyOutputs, nodes: [...within, ...body.nodes] };
  return [...before, { ...loop, inputs, outputs, attrs: { ...loop.attrs, body: lowered } }, ...behind];
}
