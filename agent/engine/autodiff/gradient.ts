/**
 * Reverse-mode differentiation: one walk back over the nodes that lead from the wanted values to the result, appending
 * gradient nodes to the same graph. Fan-out is summed and broadcasting undone here, once, so no rule has to.
 */
import type { Builder } from '../ir/graph.ts';
import {
  type Composed,
  type GradContext,
  type GradRule,
  type GraphBuilder,
  NOT_DIFFERENTIABLE,
  type Node,
  type OpName,
  type Registry,
} from '../ir/op.ts';
import { printNode } from '../ir/print.ts';
import { type Shape, sameShape, type Value } from '../ir/types.ts';

/**
 * The gradients by each of `wanted`, which must lead to `y`, where `dy` is the gradient by `y`. Scaling `dy` scales them
 * all for the price of one.
 */
export function gradient(
  registry: Registry,
  b: Builder,
  y: Value,
  dy: Value,
  wanted: readonly Value[],
): readonly Value[] {
  const gradients = new Map<string, Value>([[y.name, dy]]);
  for (const { step, needs } of stepsOnPath(stepsOf(registry, b), y, wanted)) {
    const incoming = gradients.get(step.outputs[0]!.name);
    if (incoming === undefined) throw new Error(`no gradient reaches the first output of ${step.describe()}`);
    const found = step.backward(b, incoming, needs);
    step.inputs.forEach((x, index) => {
      if (!needs[index]) return;
      const dx = unbroadcast(b, found[index]!, x.shape);
      const known = gradients.get(x.name);
      gradients.set(x.name, known === undefined ? dx : b.op('Add', [known, dx]));
    });
  }
  return wanted.map((value) => {
    const found = gradients.get(value.name);
    if (found === undefined) throw new Error(`${y.name} does not depend on ${value.name}`);
    return found;
  });
}

/** A node, or the nodes of a composition as one. */
interface Step {
  readonly inputs: readonly Value[];
  readonly outputs: readonly Value[];
  /** False where an input has no influence by nature: an index, a condition. */
  readonly passes: (index: number) => boolean;
  /** The gradients of the needed inputs, by their positions. */
  readonly backward: (b: GraphBuilder, dy: Value, needs: readonly boolean[]) => readonly (Value | undefined)[];
  readonly describe: () => string;
}

function stepsOf(registry: Registry, b: Builder): readonly Step[] {
  const starts = new Map(b.composed.map((composed) => [composed.from, composed]));
  const steps: Step[] = [];
  for (let at = 0; at < b.nodes.length; ) {
    const composed = starts.get(at);
    steps.push(composed === undefined ? nodeStep(registry, b.nodes[at]!) : composedStep(composed));
    at = composed?.to ?? at + 1;
  }
  return steps;
}

function nodeStep(registry: Registry, node: Node): Step {
  const { inputs, outputs, attrs } = node;
  const rule = (index: number) => ruleOf(registry, node, index);
  return {
    inputs,
    outputs,
    passes: (index) => rule(index) !== null,
    backward: (b, dy, needs) => {
      const context: GradContext<OpName> = { b, x: inputs, y: outputs, dy, attrs };
      return needs.map((needed, index) => (needed ? rule(index)?.(context) : undefined));
    },
    describe: () => printNode(node),
  };
}

function composedStep({ name, inputs, outputs, backward }: Composed): Step {
  const describe = (): string => `${name}(${inputs.map((value) => value.name).join(', ')})`;
  return { inputs, outputs, passes: () => true, backward: (b, dy) => backward(b, dy), describe };
}

interface PathStep {
  readonly step: Step;
  /** Which inputs lead back to a wanted value. */
  readonly needs: readonly boolean[];
}

/** Steps between the wanted values and `y`, last first. */
function stepsOnPath(steps: readonly Step[], y: Value, wanted: readonly Value[]): readonly PathStep[] {
  const reached = new Set(wanted.map((value) => value.name));
  for (const step of steps) {
    if (!step.inputs.some((value) => reached.has(value.name))) continue;
    for (const output of step.outputs) reached.add(output.name);
  }
  const leading = new Set([y.name]);
  const path: PathStep[] = [];
  for (const step of [...steps].reverse()) {
    if (!step.outputs.some((output) => leading.has(output.name) && reached.has(output.name))) continue;
    const needs = step.inputs.map((value, index) => reached.has(value.name) && step.passes(index));
    if (!needs.includes(true)) continue;
    step.inputs.forEach((value, index) => {
      if (needs[index]) leading.add(value.name);
    });
    path.push({ step, needs });
  }
  return path;
}

function ruleOf(registry: Registry, node: Node, index: number): GradRule<OpName> | null {
  const { grad } = registry[node.op];
  if (typeof grad === 'function') return grad(index) as unknown as GradRule<OpName>;
  const rule = grad === NOT_DIFFERENTIABLE ? grad : (grad[index] as GradRule<OpName> | null | undefined);
  if (rule === undefined || (rule as unknown) === NOT_DIFFERENTIABLE) {
    throw new Error(`input ${index} has no gradient rule: ${printNode(node)}`);
  }
  return rule as GradRule<OpName> | null;
}

/** Sums what was repeated to go from `shape` to the gradient's shape. */
function unbroadcast(b: GraphBuilder, dx: Value, shape: Shape): Value {
  if (sameShape(dx.shape, shape)) return dx;
  const added = dx.shape.length - shape.length;
  const axes = dx.shape.flatMap((dim, axis) =>
    axis < added || (shape[axis - added] === 1 && dim !== 1) ? [axis] : [],
  );
  const summed = axes.length === 0 ? dx : b.op('ReduceSum', [dx], { axes, keepDims: true });
  return sameShape(summed.shape, shape) ? summed : b.op('Reshape', [summed], { shape });
}
