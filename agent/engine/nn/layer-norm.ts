/** `torch.nn.LayerNorm` over all features of an example, each with a weight and a bias of its own. */
import { elementsOf } from '../../../shared/model/output-shape.ts';
import type { LayerNormConfig } from '../../../shared/sweep/train.ts';
import { tensorType, type Value } from '../ir/types.ts';
import { compositions } from '../ops/compositions/registry.ts';
import type { LayerDef, ParameterSpec, PlacedLayer } from './layer.ts';
import { flattened, inLayout, shapedAs } from './layout.ts';

type Placed = PlacedLayer<LayerNormConfig>;

function specsOf({ config, name, inputShape, layout }: Placed): readonly ParameterSpec[] {
  const features = elementsOf(inputShape);
  const spec = (word: 'weight' | 'bias', value: number): ParameterSpec => ({
    name: `${name}.${word}`,
    shape: inputShape,
    graphShape: layout === 'rows' ? inputShape : [features, 1],
    initial: { kind: 'constant', value },
    trainable: true,
  });
  return config.affine ? [spec('weight', 1), spec('bias', 0)] : [];
}

export const layerNorm: LayerDef<LayerNormConfig> = {
  settles: null,
  parameters: specsOf,
  hyper: () => ({}),
  keys: () => [],

  build: ({ b, parameter, training }, { config, name, inputShape, layout }, input) => {
    const { eps, affine } = config;
    const learned = affine ? [parameter(`${name}.weight`), parameter(`${name}.bias`)] : [];
    if (layout === 'rows') {
      const shaped = shapedAs(b, inLayout(b, input, layout), inputShape);
      if (training === null) {
        const inputs = [shaped.value, ...(affine ? learned : [throughout(1), throughout(0)])];
        return { ...shaped, value: b.op('LayerNormalization', inputs, { axis: 1, epsilon: eps }) };
      }
      const axes = inputShape.map((_, axis) => axis + 1);
      const weights = learned.map((value) => b.op('Reshape', [value], { shape: [1, ...inputShape] }));
      return { ...shaped, value: b.compose(compositions.normalize, [shaped.value, ...weights], { axes, eps })[0]! };
    }
    const flat = flattened(b, inLayout(b, input, layout));
    const value = b.compose(compositions.normalize, [flat.value, ...learned], { axes: [0], eps })[0]!;
    return { ...flat, value, shape: inputShape };

    function throughout(value: number): Value {
      return b.constant(tensorType('float32', inputShape), new Float32Array(elementsOf(inputShape)).fill(value));
    }
  },
};
