/** Bytes are cheaper to turn than floats: what only moves elements goes in front of what works on each of them alone. */
import type { Graph, Node } from '../ir/op.ts';
import { sameShape, type Value } from '../ir/types.ts';
import { countUses } from './rewrite.ts';

/** Casts, and products with a scalar, behind the Reshapes and Transposes that are all that reads them. */
export function castLate(graph: Graph): Graph {
  const uses = countUses(graph);
  const makers = new Map<string, Node>();
  let nodes: Node[] = [];
  for (const node of graph.nodes) {
    const late: Node[] = [];
    let moving = node;
    for (let maker = eachAlone(moving); maker !== null; maker = eachAlone(moving)) {
      const [input, output] = [maker.node.inputs[maker.at]!, moving.outputs[0]!];
      const moved: Value = { name: `${output.name}/${late.length}`, dtype: input.dtype, shape: output.shape };
      uses.set(moved.name, 1);
      const inputs = maker.node.inputs.map((value, at) => (at === maker.at ? moved : value));
      late.unshift({ ...maker.node, inputs, outputs: [output] } as Node);
      moving = { ...moving, inputs: [input], outputs: [moved] } as Node;
      nodes = nodes.filter((each) => each !== maker.node);
    }
    for (const each of [moving, ...late]) {
      for (const { name } of each.outputs) makers.set(name, each);
      nodes.push(each);
    }
  }
  return { ...graph, nodes };

  /** What made the input of a node that moves elements, and which of its inputs has them, if the two can change places. */
  function eachAlone(node: Node): { readonly node: Node; readonly at: number } | null {
    if (node.op !== 'Reshape' && node.op !== 'Transpose') return null;
    const [input] = node.inputs as [Value];
    const maker = makers.get(input.name);
    if (maker === undefined || uses.get(input.name) !== 1) return null;
    if (maker.op === 'Cast') return { node: maker, at: 0 };
    if (maker.op !== 'Mul' || !maker.inputs.some(({ shape }) => shape.length === 0)) return null;
    const at = maker.inputs.findIndex(({ shape }) => sameShape(shape, input.shape));
    return at < 0 ? null : { node: maker, at };
  }
}
