/** `torch.nn.Linear`, on whatever shape comes in. */
import { elementsOf } from '../../../shared/model/output-shape.ts';
import type { DenseConfig } from '../../../shared/sweep/train.ts';
import { activateWith } from './activations.ts';
import { initialBias, initialWeight } from './init.ts';
import type { LayerDef, ParameterSpec } from './layer.ts';
import { flattened } from './layout.ts';

export const dense: LayerDef<DenseConfig> = {
  settles: 'columns',

  parameters: ({ config, name, inputShape, layout }) => {
    const fanIn = elementsOf(inputShape);
    const fans = { fanIn, fanOut: config.units };
    const shape = [config.units, fanIn];
    const weight: ParameterSpec = {
      name: `${name}.weight`,
      shape,
      graphShape: shape,
      initial: initialWeight(config.init, fans),
      trainable: true,
    };
    if (config.bias === false) return [weight];
    const bias: ParameterSpec = {
      name: `${name}.bias`,
      shape: [config.units],
      graphShape: layout === 'columns' ? [config.units, 1] : [1, config.units],
      initial: initialBias(config.init, fans),
      trainable: true,
    };
    return [weight, bias];
  },

  hyper: () => ({}),
  keys: () => [],

  build: (context, layer, input) => {
    const { b, parameter } = context;
    const { config, name, outputShape, layout } = layer;
    const x = flattened(b, input);
    const weight = parameter(`${name}.weight`);
    const bias = config.bias === false ? [] : [parameter(`${name}.bias`)];
    const value =
      layout === 'columns'
        ? b.op('Gemm', [weight, x.value, ...bias], { transA: false, transB: x.layout === 'rows', alpha: 1, beta: 1 })
        : b.op('Gemm', [x.value, weight, ...bias], { transA: x.layout === 'columns', transB: true, alpha: 1, beta: 1 });
    const scores = { value, layout, shape: outputShape };
    return activateWith(context, config.activation, scores);
  },
};
