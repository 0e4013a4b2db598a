/** A planned model forward, layer by layer. */
import { elementsOf } from '../../../shared/model/output-shape.ts';
import type { DenseConfig, EmbeddingConfig } from '../../../shared/sweep/train.ts';
import type { PlacedLayer } from '../nn/layer.ts';
import { activate, applyActivation } from './activations.ts';
import { avgPool2d, conv2d, maxPool2d } from './convolution.ts';
import { dropout } from './dropout.ts';
import { asFlat, asImage, type Features, flat, imageShape } from './features.ts';
import type { LayerTensors, ModelTensors } from './layer-context.ts';
import type { Tensor } from './load.ts';
import { batchNorm, layerNorm } from './normalization.ts';

/** Scores `[batch, outputs]` from preprocessed rows `[batch, features]`. */
export function forward(
  tensors: ModelTensors,
  layers: readonly PlacedLayer[],
  rows: Tensor,
  inputShape: readonly number[],
): Tensor {
  return asFlat(tensors.tf, sequence(tensors, layers, flat(rows, inputShape))).value;
}

function sequence(tensors: ModelTensors, layers: readonly PlacedLayer[], input: Features): Features {
  return layers.reduce(
    (features, layer) => ({ ...applyLayer(tensors, layer, features), shape: layer.outputShape }),
    input,
  );
}

function applyLayer(tensors: ModelTensors, layer: PlacedLayer, input: Features): Features {
  const { tf, training } = tensors;
  const { config, name } = layer;
  switch (config.type) {
    case 'dense':
      return dense(tensorsOf(tensors, name), config, input);
    case 'conv2d': {
      const { parameter } = tensorsOf(tensors, name);
      const sums = conv2d(tf, asImage(tf, input).value, parameter('weight'), config);
      const value = config.bias === false ? sums : tf.add(sums, parameter('bias'));
      const features = { value, form: 'image', shape: layer.outputShape } as const;
      return config.activation === undefined ? features : activate(tf, config.activation, features);
    }
    case 'max_pool2d':
      return { value: maxPool2d(tf, asImage(tf, input).value, config), form: 'image', shape: layer.outputShape };
    case 'avg_pool2d':
      return { value: avgPool2d(tf, asImage(tf, input).value, config), form: 'image', shape: layer.outputShape };
    case 'global_avg_pool':
      return flat(tf.mean(asImage(tf, input).value, [1, 2]), layer.outputShape);
    case 'global_max_pool': {
      const [, height, width] = imageShape(input.shape);
      const whole = { kernelSize: [height, width], stride: [1, 1], padding: [0, 0] } as const;
      const value = maxPool2d(tf, asImage(tf, input).value, whole);
      return flat(tf.reshape(value, [value.shape[0]!, -1]), layer.outputShape);
    }
    case 'batch_norm':
      return batchNorm(tensorsOf(tensors, name), config, input);
    case 'layer_norm':
      return layerNorm(tensorsOf(tensors, name), config, input);
    case 'embedding':
      return embedding(tensorsOf(tensors, name), config, input);
    case 'add':
    case 'concat':
      return branches(tensors, layer, input, config.type);
    case 'flatten':
      return flat(asFlat(tf, input).value, layer.outputShape);
    case 'dropout': {
      if (training === null) return input;
      const draw = {
        key: training.keyOf(name),
        step: training.step,
        rate: training.dropoutRate(name),
        layout: layer.layout,
      };
      return dropout(tf, input, draw);
    }
    default:
      return applyActivation(tf, config, input);
  }
}

function tensorsOf({ tf, parameter, training }: ModelTensors, layer: string): LayerTensors {
  return {
    tf,
    parameter: (word) => parameter(`${layer}.${word}`),
    training: training !== null,
    update: (word, value) => training?.update(`${layer}.${word}`, value),
  };
}

/** The weight is `[in, out]`. */
function dense({ tf, parameter }: LayerTensors, config: DenseConfig, input: Features): Features {
  const { value } = asFlat(tf, input);
  const sums = tf.matMul(value, parameter('weight'));
  const scores = flat(config.bias === false ? sums : tf.add(sums, parameter('bias')), [config.units]);
  return config.activation === undefined ? scores : activate(tf, config.activation, scores);
}

function embedding({ tf, parameter }: LayerTensors, config: EmbeddingConfig, input: Features): Features {
  const { value } = asFlat(tf, input);
  const places = elementsOf(input.shape);
  const rows = tf.gather(parameter('weight'), tf.reshape(tf.cast(value, 'int32'), [-1]));
  return flat(tf.reshape(rows, [-1, places * config.embeddingDim]), [...input.shape, config.embeddingDim]);
}

function branches(tensors: ModelTensors, layer: PlacedLayer, input: Features, how: 'add' | 'concat'): Features {
  const { tf } = tensors;
  const results = layer.branches.map((branch) => sequence(tensors, branch, input));
  const isImage = layer.outputShape.length === 3 && results.some(({ form }) => form === 'image');
  const values = results.map((result) => (isImage ? asImage(tf, result) : asFlat(tf, result)).value);
  // Flat features are in C order, so that one after the other they are joined along the first dimension.
  const value = how === 'add' ? tf.addN(values) : tf.concat(values, isImage ? 3 : 1);
  return { value, form: isImage ? 'image' : 'flat', shape: layer.outputShape };
}
