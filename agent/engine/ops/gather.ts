/** Selection by index. */
import { NOT_DIFFERENTIABLE, type OpDef } from '../ir/op.ts';
import { intAttribute } from './emission.ts';
import { checkAxes, expectInputs, INDICES, inputOf } from './shape-rules.ts';

/** Takes slices of the first input along `axis`. A trained table (an embedding) would need ScatterND; none exists yet. */
export const gather: OpDef<'Gather'> = {
  infer: (inputs, { axis }) => {
    expectInputs(inputs, 2);
    const data = inputOf(inputs, 0);
    const indices = inputOf(inputs, 1, INDICES);
    checkAxes(data.shape, [axis]);
    return [{ dtype: data.dtype, shape: data.shape.flatMap((dim, at) => (at === axis ? indices.shape : [dim])) }];
  },
  grad: [NOT_DIFFERENTIABLE, null],
  emit: (node) => ({ opType: 'Gather', inputs: node.inputs, attributes: { axis: intAttribute(node.attrs.axis) } }),
};
