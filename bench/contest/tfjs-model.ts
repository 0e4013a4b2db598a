/** A benchmark network in TensorFlow.js, built layer by layer from the common weights. */
import * as tf from '@tensorflow/tfjs';
import type { ParameterTensor, Structure } from '../../agent/engine/index.ts';
import type { Activation, Conv2dConfig, LayerConfig } from '../../shared/sweep/train.ts';

export interface TfjsModel {
  /** Scores of a batch `[batch, height, width, channels]`. */
  apply(x: tf.Tensor): tf.Tensor;
  /** The last variable to be updated in a step. */
  readonly last: tf.Variable;
}

type Apply = (x: tf.Tensor) => tf.Tensor;

function activate(activation: Activation | undefined): Apply {
  if (activation === undefined) return (x) => x;
  if (activation === 'relu') return tf.relu;
  throw new Error(`the tfjs benchmark has no ${activation}`);
}

/** Units are `[in, out]`; after images the inputs come as height, width, channel, and PyTorch's as channel, height, width. */
function denseWeight({ shape, values }: ParameterTensor, image: readonly number[]): tf.Tensor {
  const [out] = shape as [number, number];
  const [height, width, channels] = image.length === 3 ? (image as [number, number, number]) : [1, 1, shape[1]!];
  return tf.tidy(() => {
    const placed = tf.tensor(values, [out, channels, height, width]).transpose([2, 3, 1, 0]);
    return placed.reshape([height * width * channels, out]);
  });
}

function paddingOf({ padding, stride, kernelSize }: Conv2dConfig): 'same' | 'valid' {
  if (padding === 'same' || padding.every((pad, axis) => stride[axis] === 1 && 2 * pad === kernelSize[axis]! - 1)) {
    return 'same';
  }
  if (padding.every((pad) => pad === 0)) return 'valid';
  throw new Error(`the tfjs benchmark has no padding ${padding.join('x')}`);
}

/** What the layer does to inputs of `shape`, and the variables it has. */
function makeLayer(
  layer: LayerConfig,
  shape: readonly number[],
  parameter: (word: string) => ParameterTensor,
): { readonly apply: Apply; readonly variables: readonly tf.Variable[] } {
  switch (layer.type) {
    case 'dense': {
      const weight = tf.variable(denseWeight(parameter('weight'), shape)) as tf.Variable<tf.Rank.R2>;
      const bias = tf.variable(tf.tensor(parameter('bias').values));
      const act = activate(layer.activation);
      const inputs = shape.reduce((product, dim) => product * dim, 1);
      const flat = (x: tf.Tensor) => x.reshape([-1, inputs]) as tf.Tensor2D;
      return { apply: (x) => act(tf.matMul(flat(x), weight).add(bias)), variables: [weight, bias] };
    }
    case 'conv2d': {
      const { shape: dims, values } = parameter('weight');
      const kernel = tf.tidy(() => tf.tensor(values, [...dims]).transpose([2, 3, 1, 0]));
      const weight = tf.variable(kernel) as tf.Variable<tf.Rank.R4>;
      const bias = tf.variable(tf.tensor(parameter('bias').values));
      const act = activate(layer.activation);
      const convolve = (x: tf.Tensor) => tf.conv2d(x as tf.Tensor4D, weight, [...layer.stride], paddingOf(layer));
      return { apply: (x) => act(convolve(x).add(bias)), variables: [weight, bias] };
    }
    case 'max_pool2d': {
      const { kernelSize, stride } = layer;
      const apply: Apply = (x) => tf.maxPool(x as tf.Tensor4D, [...kernelSize], [...stride], 'valid');
      return { apply, variables: [] };
    }
    default:
      throw new Error(`the tfjs benchmark has no layer ${layer.type}`);
  }
}

/** Throws where a layer, activation or padding is not written here: it is only the networks that are compared. */
export function openTfjsModel({ inputShape, layers }: Structure, parameters: readonly ParameterTensor[]): TfjsModel {
  let shape: readonly number[] = inputShape.length === 2 ? [...inputShape, 1] : inputShape;
  const made = layers.map((layer, place) => {
    const parameter = (word: string): ParameterTensor => {
      const found = parameters.find(({ name }) => name === `${place}.${word}`);
      if (found === undefined) throw new Error(`there is no parameter ${place}.${word}`);
      return found;
    };
    const { apply, variables } = makeLayer(layer, shape, parameter);
    shape = tf.tidy(() => apply(tf.zeros([1, ...shape]))).shape.slice(1);
    return { apply, variables };
  });
  return {
    apply: (x) => made.reduce((features, { apply }) => apply(features), x),
    last: made.flatMap(({ variables }) => variables).at(-1)!,
  };
}
