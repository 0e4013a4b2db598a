/** Normalisation in inference, as exported models hold it; training composes it (`compositions/`). */
import { NOT_DIFFERENTIABLE, type OpDef, ShapeError } from '../ir/op.ts';
import { sameShape } from '../ir/types.ts';
import { floatAttribute, intAttribute } from './emission.ts';
import { checkAxes, expectInputs, FLOATS, inputOf } from './shape-rules.ts';

export const batchNormalization: OpDef<'BatchNormalization'> = {
  infer: (inputs) => {
    expectInputs(inputs, 5);
    const x = inputOf(inputs, 0, FLOATS);
    checkAxes(x.shape, [0, 1]);
    for (let i = 1; i < 5; i++) {
      const { shape } = inputOf(inputs, i, [x.dtype]);
      if (!sameShape(shape, [x.shape[1]!])) {
        throw new ShapeError(`input ${i} is [${shape.join(',')}], not one number for each of ${x.shape[1]} channels`);
      }
    }
    return [x];
  },
  grad: NOT_DIFFERENTIABLE,
  emit: (node) => ({
    opType: 'BatchNormalization',
    inputs: node.inputs,
    attributes: { epsilon: floatAttribute(node.attrs.epsilon) },
  }),
};

/** Opset 17. */
export const layerNormalization: OpDef<'LayerNormalization'> = {
  infer: (inputs, { axis }) => {
    expectInputs(inputs, 3);
    const x = inputOf(inputs, 0, FLOATS);
    checkAxes(x.shape, [axis]);
    for (const i of [1, 2]) {
      const { shape } = inputOf(inputs, i, [x.dtype]);
      if (!sameShape(shape, x.shape.slice(axis))) {
        throw new ShapeError(`input ${i} is [${shape.join(',')}], not [${x.shape.slice(axis).join(',')}]`);
      }
    }
    return [x];
  },
  grad: NOT_DIFFERENTIABLE,
  emit: (node) => ({
    opType: 'LayerNormalization',
    inputs: node.inputs,
    attributes: { axis: intAttribute(node.attrs.axis), epsilon: floatAttribute(node.attrs.epsilon) },
  }),
};
