/**
 * The lowering of `s * x` in front of matrix products, for a constant scalar s: it becomes their alpha, so that pixels are
 * never multiplied by 1/255.
 */
import type { Constant, Graph, Node, NodeOf, OpName } from '../ir/op.ts';
import { sameShape, type Value } from '../ir/types.ts';
import { countUses, substituteInputs } from './rewrite.ts';

/** What s * x is of: `output` stands for `by * of`. */
interface Scaled {
  readonly output: Value;
  readonly of: Value;
  readonly by: number;
}

/**
 * Drops a product with a scalar where matrix products are all that it comes to, be it copied, padded with zeros or turned
 * on the way (im2col); else takes it out of those that it stands right in front of. What is left over is for `dropUnused`.
 */
export function foldScaleIntoGemm(constants: readonly Constant[]): (graph: Graph) => Graph {
  const known = new Map(constants.map(({ value, data }) => [value.name, data]));
  const scalars = new Map(
    constants.flatMap(({ value, data }) => (value.shape.length === 0 ? [[value.name, Number(data[0])] as const] : [])),
  );
  const isZero = ({ name }: Value): boolean => known.get(name)?.every((each) => Number(each) === 0) ?? false;
  return (graph) => {
    const scaled = graph.nodes.flatMap((node) => scaledBy(node, scalars) ?? []);
    const reading = readersOf(graph);
    const alphas = new Map<string, number>();
    const replaced = new Map<string, Value>();
    for (const { output, of, by } of scaled) {
      const products = productsBehind(output, reading, isZero);
      if (products === null) continue;
      replaced.set(output.name, of);
      for (const { outputs } of products) alphas.set(outputs[0]!.name, (alphas.get(outputs[0]!.name) ?? 1) * by);
    }
    const direct = new Map(scaled.map((each) => [each.output.name, each]));
    const nodes = graph.nodes.map((original): Node => {
      const node = substituteInputs(original, replaced);
      const kept = node.op === 'Gemm' ? unscaled(node, direct) : node;
      const alpha = alphas.get(kept.outputs[0]?.name ?? '') ?? 1;
      return kept.op === 'Gemm' ? { ...kept, attrs: { ...kept.attrs, alpha: kept.attrs.alpha * alpha } } : kept;
    });
    return { ...graph, nodes };
  };
}

function scaledBy(node: Node, scalars: ReadonlyMap<string, number>): Scaled | null {
  if (node.op !== 'Mul') return null;
  const [output] = node.outputs as [Value];
  for (const at of [0, 1]) {
    const by = scalars.get(node.inputs[at]!.name);
    const of = node.inputs[1 - at]!;
    if (by !== undefined && sameShape(of.shape, output.shape)) return { output, of, by };
  }
  return null;
}

function unscaled(gemm: NodeOf<'Gemm'>, direct: ReadonlyMap<string, Scaled>): NodeOf<'Gemm'> {
  const [a, b, ...c] = gemm.inputs as [Value, Value, ...Value[]];
  const [left, right] = [a, b].map((factor) => direct.get(factor.name) ?? { of: factor, by: 1 }) as [Scaled, Scaled];
  const alpha = gemm.attrs.alpha * left.by * right.by;
  return { ...gemm, inputs: [left.of, right.of, ...c], attrs: { ...gemm.attrs, alpha } };
}

interface Reading {
  readonly readers: ReadonlyMap<string, readonly Node[]>;
  /** In bodies and as outputs too. */
  readonly uses: ReadonlyMap<string, number>;
}

function readersOf(graph: Graph): Reading {
  const readers = new Map<string, Node[]>();
  for (const node of graph.nodes) {
    for (const { name } of node.inputs) {
      const before = readers.get(name);
      if (before === undefined) readers.set(name, [node]);
      else before.push(node);
    }
  }
  return { readers, uses: countUses(graph) };
}

/** Ops of which the first input's elements come out as they are, and nothing else but zeros. */
const MOVING: ReadonlySet<OpName> = new Set<OpName>(['Reshape', 'Transpose', 'Gather', 'Slice', 'Split', 'Pad']);

/** The products that a value is a factor of, once for each factor; null where anything else comes of it. */
function productsBehind(
  value: Value,
  reading: Reading,
  isZero: (value: Value) => boolean,
): readonly NodeOf<'Gemm'>[] | null {
  const readers = reading.readers.get(value.name) ?? [];
  if (readers.length !== (reading.uses.get(value.name) ?? 0)) return null;
  const found: NodeOf<'Gemm'>[] = [];
  for (const node of new Set(readers)) {
    if (node.op === 'Gemm' && node.inputs[2]?.name !== value.name) {
      for (const { name } of node.inputs) if (name === value.name) found.push(node);
      continue;
    }
    const moves = MOVING.has(node.op) && node.inputs[0]!.name === value.name;
    const joins = node.op === 'Concat' && node.inputs.every((input) => input.name === value.name || isZero(input));
    if (!moves && !joins) return null;
    for (const output of node.outputs) {
      const behind = productsBehind(output, reading, isZero);
      if (behind === null) return null;
      found.push(...behind);
    }
  }
  return found;
}
