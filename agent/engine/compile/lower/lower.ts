/** Puts ONNX's ops in the place of the abstract ones: convolutions, pools and their gradients. */
import type { Graph, Node, NodeOf } from '../../ir/op.ts';
import type { Value } from '../../ir/types.ts';
import { substituteInputs } from '../rewrite.ts';
import type { Lowering } from './choice.ts';
import { ColumnsLowering } from './columns.ts';
import { biasGradientInRows, weightGradientInRows } from './nchw.ts';
import { LoweringScope, NodeBuilder } from './node-builder.ts';
import { avgPoolGradientInRows, maxPoolGradientInRows } from './pool-rows.ts';

/** The graph and its bodies without abstract ops. */
export function lowerGraph(graph: Graph, lowering: Lowering): Graph {
  const scope = new LoweringScope();
  const lowered = lowerNodes(graph, lowering, scope);
  return { ...lowered, constants: [...graph.constants, ...scope.constants] };
}

function lowerNodes(graph: Graph, lowering: Lowering, scope: LoweringScope): Graph {
  const b = new NodeBuilder(scope);
  const columns = new ColumnsLowering(b, graph, lowering);
  const replaced = new Map<string, Value>();
  const nodes: Node[] = [];
  for (const original of graph.nodes) {
    const node = substituteInputs(original, replaced);
    const value = lowerNode(b, columns, node);
    if (value === null) {
      const inputs = node.inputs.map((input) => columns.whole(input));
      const attrs =
        node.op === 'Loop' ? { ...node.attrs, body: lowerNodes(node.attrs.body, lowering, scope) } : node.attrs;
      nodes.push(...b.taken(), { ...node, inputs, attrs } as Node);
    } else {
      nodes.push(...b.taken());
      if (value !== undefined) replaced.set(node.outputs[0]!.name, value);
    }
  }
  return { ...graph, nodes };
}

/** The value to use in place of the node's output; undefined where it exists in parts; null for any other op. */
function lowerNode(b: NodeBuilder, columns: ColumnsLowering, node: Node): Value | undefined | null {
  switch (node.op) {
    case 'Conv2d':
      return node.attrs.layout === 'rows' ? null : columns.conv2d(node);
    case 'Conv2dInputGrad':
      return node.attrs.layout === 'rows' ? null : columns.inputGradient(node);
    case 'Conv2dWeightGrad':
      return node.attrs.layout === 'rows' ? inRows(b, node) : columns.weightGradient(node);
    case 'Conv2dBiasGrad':
      return node.attrs.layout === 'rows' ? biasGradientInRows(b, node.inputs[0]!) : columns.biasGradient(node);
    case 'MaxPool2d':
      return node.attrs.layout === 'rows' ? null : columns.maxPool(node);
    case 'MaxPool2dGrad':
      return node.attrs.layout === 'rows' ? maxPoolGradientInRows(b, node) : columns.maxPoolGradient(node);
    case 'AvgPool2d':
      return node.attrs.layout === 'rows' ? null : columns.avgPool(node);
    case 'AvgPool2dGrad':
      return node.attrs.layout === 'rows' ? avgPoolGradientInRows(b, node) : columns.avgPoolGradient(node);
    default:
      return columns.elementwise(node);
  }
}

const inRows = (b: NodeBuilder, { inputs: [x, dy], attrs }: NodeOf<'Conv2dWeightGrad'>): Value =>
  weightGradientInRows(b, x!, dy!, attrs);
