/** Selection by index, and its reverse. */
import { type GradContext, NOT_DIFFERENTIABLE, type OpDef, ShapeError } from '../ir/op.ts';
import { elementCount, fixedDim, type Shape, sameShape, type Value } from '../ir/types.ts';
import { intAttribute, stringAttribute } from './emission.ts';
import { checkAxes, expectInputs, INDICES, inputOf } from './shape-rules.ts';

/** Axis `from` moved to stand at `to`, the others in their order. */
function moveAxis(rank: number, from: number, to: number): readonly number[] {
  const others = Array.from({ length: rank }, (_, axis) => axis).filter((axis) => axis !== from);
  return [...others.slice(0, to), from, ...others.slice(to)];
}

/**
 * dx = zeros with every slice of dy added where it was taken from. Indices are visited in their order, so that on a CPU
 * equal inputs give equal bits.
 */
function scattered({ b, x, dy, attrs: { axis } }: GradContext<'Gather'>): Value {
  const [data, indices] = x as [Value, Value];
  const count = elementCount(indices.shape);
  const rest: Shape = data.shape.filter((_, at) => at !== axis);
  const flat: Shape = [...rest.slice(0, axis), count, ...rest.slice(axis)];
  const joined = b.op('Reshape', [dy], { shape: flat });
  const updates = axis === 0 ? joined : b.op('Transpose', [joined], { perm: moveAxis(flat.length, axis, 0) });
  const at = b.op('Reshape', [b.op('Cast', [indices], { to: 'int64' })], { shape: [count, 1] });
  const whole = [fixedDim(data.shape[axis]), ...rest];
  const zeros = b.op('Expand', [b.scalar(dy.dtype, 0)], { shape: whole });
  const sums = b.op('ScatterND', [zeros, at, updates], { reduction: 'add' });
  return axis === 0 ? sums : b.op('Transpose', [sums], { perm: moveAxis(whole.length, 0, axis) });
}

/** Takes slices of the first input along `axis`. */
export const gather: OpDef<'Gather'> = {
  infer: (inputs, { axis }) => {
    expectInputs(inputs, 2);
    const data = inputOf(inputs, 0);
    const indices = inputOf(inputs, 1, INDICES);
    checkAxes(data.shape, [axis]);
    return [{ dtype: data.dtype, shape: data.shape.flatMap((dim, at) => (at === axis ? indices.shape : [dim])) }];
  },
  grad: [scattered, null],
  emit: (node) => ({ opType: 'Gather', inputs: node.inputs, attributes: { axis: intAttribute(node.attrs.axis) } }),
};

/** The reverse of a gather. Opset 16. */
export const scatterNd: OpDef<'ScatterND'> = {
  infer: (inputs) => {
    expectInputs(inputs, 3);
    const data = inputOf(inputs, 0);
    const indices = inputOf(inputs, 1, ['int64']);
    const updates = inputOf(inputs, 2, [data.dtype]);
    const fits =
      indices.shape.length === 2 &&
      indices.shape[1] === 1 &&
      sameShape(updates.shape, [indices.shape[0]!, ...data.shape.slice(1)]);
    if (!fits) {
      throw new ShapeError(
        `updates [${updates.shape.join(',')}] at [${indices.shape.join(',')}] do not go into [${data.shape.join(',')}]`,
      );
    }
    return [data];
  },
  grad: NOT_DIFFERENTIABLE,
  emit: (node) => ({
    opType: 'ScatterND',
    inputs: node.inputs,
    attributes: { reduction: stringAttribute(node.attrs.reduction) },
  }),
};
