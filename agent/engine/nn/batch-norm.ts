/**
 * `torch.nn.BatchNorm1d` and `2d`: each channel (feature, where an example is flat) to mean 0 and variance 1 over the
 * batch. Training normalises with the batch's biased variance and keeps running statistics, of the unbiased one; in
 * inference they take the batch's place.
 *
 * A batch with one value per channel has no variance (PyTorch refuses it): such a batch is normalised with the running
 * statistics, as in inference, and leaves them as they are.
 */
import type { BatchNormConfig } from '../../../shared/sweep/train.ts';
import { elementCount, type Shape, sameShape, tensorType, type Value } from '../ir/types.ts';
import { inverseRoot } from '../ops/compositions/normalize.ts';
import { compositions } from '../ops/compositions/registry.ts';
import type { BuildContext, Features, InitialValues, LayerDef, ParameterSpec, PlacedLayer } from './layer.ts';
import { inLayout, shapedAs } from './layout.ts';

type Placed = PlacedLayer<BatchNormConfig>;
type Word = 'weight' | 'bias' | 'running_mean' | 'running_var';

const channelsOf = ({ inputShape }: Placed): number => inputShape[0]!;

function specsOf(layer: Placed): readonly ParameterSpec[] {
  const channels = channelsOf(layer);
  const spec = (word: Word, value: number, trainable: boolean): ParameterSpec => {
    const initial: InitialValues = { kind: 'constant', value };
    const graphShape = layer.layout === 'rows' ? [channels] : [channels, 1];
    return { name: `${layer.name}.${word}`, shape: [channels], graphShape, initial, trainable };
  };
  const learned = layer.config.affine ? [spec('weight', 1, true), spec('bias', 0, true)] : [];
  return [...learned, spec('running_mean', 0, false), spec('running_var', 1, false)];
}

export const batchNorm: LayerDef<BatchNormConfig> = {
  settles: null,
  parameters: specsOf,
  hyper: () => ({}),
  keys: () => [],

  build: (context, layer, input) => {
    const { b, training } = context;
    const shaped = shapedAs(b, inLayout(b, input, layer.layout), layer.inputShape);
    if (training === null && layer.layout === 'rows') return plain(context, layer, shaped);
    const { shape } = shaped.value;
    const x = b.op('Reshape', [shaped.value], { shape: byChannel(layer, shape) });
    const count = elementCount(x.shape) / channelsOf(layer);
    const y = training === null || count === 1 ? withRunning(context, layer, x) : withBatch(context, layer, x, count);
    return { ...shaped, value: b.op('Reshape', [y], { shape }) };
  },
};

/** `[channels, all else]` features first, so that sums run along lines; `[batch, channels, rest]` with rows. */
function byChannel(layer: Placed, shape: Shape): Shape {
  const channels = channelsOf(layer);
  const rest = layer.inputShape.slice(1).reduce((product, dim) => product * dim, 1);
  return layer.layout === 'rows' ? [shape[0]!, channels, rest] : [channels, elementCount(shape) / channels];
}

/** A parameter so that it stretches over what `byChannel` makes. */
function perChannel({ b, parameter }: BuildContext, layer: Placed, word: Word): Value {
  const value = parameter(`${layer.name}.${word}`);
  return layer.layout === 'rows' ? b.op('Reshape', [value], { shape: [1, channelsOf(layer), 1] }) : value;
}

/** Weight and bias, or nothing. */
function affine(context: BuildContext, layer: Placed): readonly Value[] {
  return layer.config.affine ? [perChannel(context, layer, 'weight'), perChannel(context, layer, 'bias')] : [];
}

/** What a running statistic is after the batch, in its own shape. */
function updateRunning({ b, training, parameter }: BuildContext, layer: Placed, word: Word, value: Value): void {
  const name = `${layer.name}.${word}`;
  const { shape } = parameter(name);
  training?.update(name, sameShape(shape, value.shape) ? value : b.op('Reshape', [value], { shape }));
}

/** Normalised with the batch's own statistics, which move the running ones by `momentum` towards them. */
function withBatch(context: BuildContext, layer: Placed, x: Value, count: number): Value {
  const { b } = context;
  const { eps, momentum } = layer.config;
  const axes = layer.layout === 'rows' ? [0, 2] : [1];
  const [y, mean, variance] = b.compose(compositions.normalize, [x, ...affine(context, layer)], { axes, eps });
  const moved = (word: Word, now: Value, share: number): void => {
    const kept = b.op('Mul', [perChannel(context, layer, word), b.scalar(x.dtype, 1 - momentum)]);
    updateRunning(context, layer, word, b.op('Add', [kept, b.op('Mul', [now, b.scalar(x.dtype, share)])]));
  };
  moved('running_mean', mean!, momentum);
  moved('running_var', variance!, (momentum * count) / (count - 1));
  return y!;
}

/** x scale + shift, both worked out from what inference does not change. */
function withRunning(context: BuildContext, layer: Placed, x: Value): Value {
  const { b } = context;
  const mean = perChannel(context, layer, 'running_mean');
  const variance = perChannel(context, layer, 'running_var');
  updateRunning(context, layer, 'running_mean', mean);
  updateRunning(context, layer, 'running_var', variance);
  const [weight, bias] = affine(context, layer);
  const inverse = inverseRoot(b, variance, layer.config.eps);
  const scale = weight === undefined ? inverse : b.op('Mul', [inverse, weight]);
  const shift = b.op('Mul', [mean, scale]);
  const scaled = b.op('Mul', [x, scale]);
  return bias === undefined ? b.op('Sub', [scaled, shift]) : b.op('Add', [scaled, b.op('Sub', [bias, shift])]);
}

/** ONNX's own op, for the batch in front. */
function plain({ b, parameter }: BuildContext, layer: Placed, input: Features): Features {
  const { eps, affine: learned } = layer.config;
  const channels = channelsOf(layer);
  const throughout = (value: number): Value =>
    b.constant(tensorType('float32', [channels]), new Float32Array(channels).fill(value));
  const named = (word: Word): Value => parameter(`${layer.name}.${word}`);
  const [scale, bias] = learned ? [named('weight'), named('bias')] : [throughout(1), throughout(0)];
  const inputs = [input.value, scale, bias, named('running_mean'), named('running_var')];
  return { ...input, value: b.op('BatchNormalization', inputs, { epsilon: eps }) };
}
