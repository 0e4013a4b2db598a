/** `torch.nn.Linear`, on whatever shape comes in. */
import { SowerError } from '../../../shared/kernel/errors.ts';
import type { LayerConfig } from '../../../shared/sweep/train.ts';
import { activate } from './activations.ts';
import { flattened } from './flatten.ts';
import type { LayerDef, ParameterSpec } from './layer.ts';

type DenseConfig = Extract<LayerConfig, { type: 'dense' }>;

/** Above this a single weight matrix would not fit into a graph's 2 GB of protobuf. */
const MOST_WEIGHTS = 2 ** 28;

const product = (shape: readonly number[]): number => shape.reduce((count, dim) => count * dim, 1);

export const dense: LayerDef<DenseConfig> = {
  settles: 'columns',

  outputShape: (config, inputShape, index) => {
    if (!Number.isInteger(config.units) || config.units < 1) {
      throw new SowerError('E_MODEL_UNITS', `layer ${index} (dense) has ${config.units} units`, {
        fix: 'give units as a whole number of at least 1',
      });
    }
    const fanIn = product(inputShape);
    if (fanIn * config.units > MOST_WEIGHTS) {
      const shapes = `[${inputShape.join(', ')}] to [${config.units}]`;
      throw new SowerError('E_MODEL_SIZE', `layer ${index} (dense) maps ${shapes}: ${fanIn * config.units} weights`, {
        fix: `use at most ${MOST_WEIGHTS} weights in a layer`,
      });
    }
    return [config.units];
  },

  parameters: ({ config, index, inputShape, layout }) => {
    const fanIn = product(inputShape);
    const shape = [config.units, fanIn];
    const weight: ParameterSpec = { name: `${index}.weight`, shape, graphShape: shape, fanIn };
    if (config.bias === false) return [weight];
    const graphShape = layout === 'columns' ? [config.units, 1] : [1, config.units];
    return [weight, { name: `${index}.bias`, shape: [config.units], graphShape, fanIn }];
  },

  hyper: () => ({}),
  keys: () => [],

  build: (context, layer, input) => {
    const { b, parameter } = context;
    const { config, index, outputShape, layout } = layer;
    const x = flattened(b, input);
    const weight = parameter(`${index}.weight`);
    const bias = config.bias === false ? [] : [parameter(`${index}.bias`)];
    const value =
      layout === 'columns'
        ? b.op('Gemm', [weight, x.value, ...bias], { transA: false, transB: x.layout === 'rows', alpha: 1, beta: 1 })
        : b.op('Gemm', [x.value, weight, ...bias], { transA: x.layout === 'columns', transB: true, alpha: 1, beta: 1 });
    const scores = { value, layout, shape: outputShape };
    return config.activation === undefined ? scores : activate(b, config.activation, scores);
  },
};
