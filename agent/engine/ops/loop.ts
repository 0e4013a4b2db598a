/** Repetition. */
import { NOT_DIFFERENTIABLE, type OpDef, ShapeError } from '../ir/op.ts';
import { formatType, sameType, type TensorType } from '../ir/types.ts';
import { inputOf } from './shape-rules.ts';

function expectTypes(what: string, got: readonly TensorType[], expected: readonly TensorType[]): void {
  const fit = got.length === expected.length && got.every((type, i) => sameType(type, expected[i] as TensorType));
  if (!fit) {
    throw new ShapeError(`${what} are ${got.map(formatType).join(', ')}, not ${expected.map(formatType).join(', ')}`);
  }
}

const ITERATION: TensorType = { dtype: 'int64', shape: [] };
const CONDITION: TensorType = { dtype: 'bool', shape: [] };

/** Training steps are differentiated inside the body, never through it. */
export const loop: OpDef<'Loop'> = {
  infer: (inputs, { body, carried, steps }) => {
    const first = [inputOf(inputs, 0, ['int64']), inputOf(inputs, 1, ['bool'])];
    expectTypes('trip count and condition', first, [ITERATION, CONDITION]);
    const state = inputs.slice(2);
    if (state.length !== carried) throw new ShapeError(`carries ${carried} tensors, got ${state.length}`);
    expectTypes('inputs of the body', body.inputs, [ITERATION, CONDITION, ...state]);
    expectTypes('carried outputs of the body', body.outputs.slice(0, carried + 1), [CONDITION, ...state]);
    const scanned = body.outputs.slice(carried + 1);
    return [...state, ...scanned.map(({ dtype, shape }) => ({ dtype, shape: [steps, ...shape] }))];
  },
  grad: NOT_DIFFERENTIABLE,
  emit: (node) => ({
    opType: 'Loop',
    inputs: node.inputs,
    attributes: { body: { type: 'graph', value: node.attrs.body } },
  }),
};
