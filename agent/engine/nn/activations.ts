/** Activations, as layers of their own and inside dense and conv2d. */
import type { Activation, LayerConfig } from '../../../shared/sweep/train.ts';
import type { GraphBuilder } from '../ir/op.ts';
import type { Value } from '../ir/types.ts';
import { compositions } from '../ops/compositions/registry.ts';
import { type BuildContext, type Features, type LayerDef, type Layout, NOTHING_LEARNED } from './layer.ts';
import { inLayout, shapedAs } from './layout.ts';

/** An activation with its options, which `dense` and `conv2d` leave at PyTorch's. */
type ActivationConfig = Extract<LayerConfig, { readonly type: Activation }>;

interface Site {
  readonly b: GraphBuilder;
  /** Whether ONNX's own op is wanted where it has one, rather than the ops that are faster on a CPU. */
  readonly plain: boolean;
  readonly layout: Layout;
}

type Build<C> = (site: Site, x: Value, config: C) => Value;

/** Along the first axis of an example: the features of a flat one, the channels of an image. */
const firstAxis = (layout: Layout): number => (layout === 'rows' ? 1 : 0);

const ACTIVATIONS: { readonly [A in Activation]: Build<Extract<ActivationConfig, { readonly type: A }>> } = {
  relu: ({ b }, x) => b.op('Relu', [x]),
  sigmoid: ({ b }, x) => b.op('Sigmoid', [x]),
  tanh: ({ b }, x) => b.op('Tanh', [x]),
  softmax: ({ b, layout }, x) => b.op('Softmax', [x], { axis: firstAxis(layout) }),
  log_softmax: ({ b, layout }, x) => b.op('LogSoftmax', [x], { axis: firstAxis(layout) }),
  leaky_relu: ({ b }, x, { negativeSlope = 0.01 }) => b.compose(compositions.leakyRelu, [x], { negativeSlope })[0]!,
  elu: ({ b, plain }, x, { alpha = 1 }) =>
    plain ? b.op('Elu', [x], { alpha }) : b.compose(compositions.elu, [x], { alpha })[0]!,
  softplus: ({ b, plain }, x) => (plain ? b.op('Softplus', [x]) : b.compose(compositions.softplus, [x], {})[0]!),
  silu: ({ b }, x) => b.compose(compositions.silu, [x], {})[0]!,
  gelu: ({ b }, x, { approximate = 'none' }) =>
    b.compose(approximate === 'tanh' ? compositions.geluTanh : compositions.gelu, [x], {})[0]!,
};

/** Takes any shape; NaN comes out as NaN. */
function activate(context: BuildContext, config: ActivationConfig, input: Features): Features {
  const { b, training } = context;
  const alongFirstAxis = config.type === 'softmax' || config.type === 'log_softmax';
  const features = alongFirstAxis ? shapedAs(b, input, input.shape) : input;
  const site = { b, plain: training === null && input.layout === 'rows', layout: input.layout };
  const build = ACTIVATIONS[config.type] as Build<ActivationConfig>;
  return { ...features, value: build(site, features.value, config) };
}

/** The activation inside a dense or convolution layer, with PyTorch's options; nothing where there is none. */
export function activateWith(context: BuildContext, activation: Activation | undefined, input: Features): Features {
  return activation === undefined ? input : activate(context, { type: activation } as ActivationConfig, input);
}

/** The layer `- relu`, and so on: nothing to learn. */
export const activationLayer: LayerDef<ActivationConfig> = {
  ...NOTHING_LEARNED,
  settles: null,
  build: (context, { config, layout }, input) => activate(context, config, inLayout(context.b, input, layout)),
};
