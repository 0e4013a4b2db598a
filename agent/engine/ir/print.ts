/** One line per node: the context of errors and the format of golden tests. */
import type { Graph, Node, OpAttrs, OpName } from './op.ts';
import { formatType, type Value } from './types.ts';

const typed = (value: Value): string => `${value.name}: ${formatType(value)}`;

function formatAttribute(value: unknown): string {
  return Array.isArray(value) ? `[${value.join(',')}]` : String(value);
}

function formatAttrs(attrs: OpAttrs[OpName]): string {
  const parts = Object.entries(attrs)
    .filter(([name]) => name !== 'body')
    .map(([name, value]) => `${name}=${formatAttribute(value)}`);
  return parts.length === 0 ? '' : ` {${parts.join(' ')}}`;
}

/** `t3: f32[10,32] = Gemm(w, x) {transA=false ...}` */
export function printNode(node: Node): string {
  const inputs = node.inputs.map((value) => value.name).join(', ');
  return `${node.outputs.map(typed).join(', ')} = ${node.op}(${inputs})${formatAttrs(node.attrs)}`;
}

export function printGraph(graph: Graph): string {
  const lines = [`${graph.name}(${graph.inputs.map(typed).join(', ')})`];
  for (const { value, data } of graph.constants) {
    lines.push(`  ${typed(value)} = ${data.length <= 4 ? `[${data.join(',')}]` : `constant of ${data.length}`}`);
  }
  for (const node of graph.nodes) {
    lines.push(`  ${printNode(node)}`);
    if (node.op === 'Loop')
      lines.push(
        ...printGraph(node.attrs.body)
          .split('\n')
          .map((line) => `  ${line}`),
      );
  }
  lines.push(`  -> ${graph.outputs.map((value) => value.name).join(', ')}`);
  return lines.join('\n');
}
