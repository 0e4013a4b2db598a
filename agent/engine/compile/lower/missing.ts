/** Compositions in the place of ops that WebGPU has no kernels for, or kernels that are wrong. */
import type { Graph, Node, NodeOf } from '../../ir/op.ts';
import { fixedDim, type Value } from '../../ir/types.ts';
import { substituteInputs } from '../rewrite.ts';
import { LoweringScope, NodeBuilder } from './node-builder.ts';

/** For graphs without loops. What has neither a kernel nor a composition is left for `checkKernels` to name. */
export function composeMissing(graph: Graph): Graph {
  const scope = new LoweringScope('composed ');
  const b = new NodeBuilder(scope);
  const producers = new Map<string, Node>();
  const replaced = new Map<string, Value>();
  const nodes = graph.nodes.flatMap((original): readonly Node[] => {
    const node = substituteInputs(original, replaced);
    for (const { name } of node.outputs) producers.set(name, node);
    const value = compose(b, node, producers);
    if (value === null) return [node];
    replaced.set(node.outputs[0]!.name, value);
    return b.taken();
  });
  return { ...graph, nodes, constants: [...graph.constants, ...scope.constants] };
}

function compose(b: NodeBuilder, node: Node, producers: ReadonlyMap<string, Node>): Value | null {
  if (node.op === 'LogSoftmax') return logSoftmax(b, node);
  if (node.op === 'Conv2dInputGrad') return inputGradientByGroups(b, node);
  if (node.op === 'IsNaN') return isNoNumber(b, node);
  if (node.op !== 'Cast') return null;
  const from = producers.get(node.inputs[0]!.name);
  return from?.op === 'ArgMax' && node.attrs.to === 'int32' ? firstMaximum(b, from) : null;
}

/**
 * Group by group where each has several outputs of one channel: for those onnxruntime 1.30.0 gives other numbers on WebGPU
 * (the row "ConvTranspose groups of one output" of the probe). Null for all others.
 */
function inputGradientByGroups(b: NodeBuilder, { inputs, attrs }: NodeOf<'Conv2dInputGrad'>): Value | null {
  const [dy, w] = inputs as [Value, Value];
  const { group } = attrs;
  const outputs = fixedDim(dy.shape[1]) / group;
  if (group === 1 || outputs === 1 || fixedDim(w.shape[1]) > 1) return null;
  const part = (value: Value, axis: number, at: number): Value =>
    b.op('Slice', [value], { axes: [axis], starts: [at * outputs], ends: [(at + 1) * outputs], steps: [1] });
  const parts = Array.from({ length: group }, (_, at) =>
    b.op('Conv2dInputGrad', [part(dy, 1, at), part(w, 0, at)], { ...attrs, group: 1 }),
  );
  return b.op('Concat', parts, { axis: 1 });
}

/** Not |x| < 3.4e38: what compares with nothing, and infinities too. There is no kernel for Not either. */
function isNoNumber(b: NodeBuilder, { inputs: [x] }: NodeOf<'IsNaN'>): Value {
  const number = b.op('Cast', [b.op('Less', [b.op('Abs', [x!]), b.scalar('float32', 3.4e38)])], { to: 'float32' });
  return b.op('Less', [number, b.scalar('float32', 0.5)]);
}

/** z - max - log(sum(exp(z - max))) */
function logSoftmax(b: NodeBuilder, { inputs: [z], attrs }: NodeOf<'LogSoftmax'>): Value {
  const along = { axes: [attrs.axis], keepDims: true };
  const shifted = b.op('Sub', [z!, b.op('ReduceMax', [z!], along)]);
  return b.op('Sub', [shifted, b.op('Log', [b.op('ReduceSum', [b.op('Exp', [shifted])], along)])]);
}

/** The index of the first of the largest, int32: ArgMax gives int64, which nothing on a GPU goes on with. */
function firstMaximum(b: NodeBuilder, { inputs: [x], attrs: { axis } }: NodeOf<'ArgMax'>): Value {
  const size = fixedDim(x!.shape[axis]);
  const rank = x!.shape.length;
  const line = Array.from({ length: rank }, (_, at) => (at === axis ? size : 1));
  const countdown = Float32Array.from({ length: size }, (_, i) => size - i);
  const left = b.scope.constant('countdown', { dtype: 'float32', shape: line }, () => countdown);
  const largest = b.op('Equal', [x!, b.op('ReduceMax', [x!], { axes: [axis], keepDims: true })]);
  const candidates = b.op('Mul', [b.op('Cast', [largest], { to: 'float32' }), left]);
  const first = b.op('ReduceMax', [candidates], { axes: [axis], keepDims: false });
  return b.op('Cast', [b.op('Sub', [b.scalar('float32', size), first])], { to: 'int32' });
}
