/** Branches side by side on one input: residual blocks (`add`) and joined channels (`concat`). */
import type { BranchesConfig } from '../../../shared/sweep/train.ts';
import { type BuildContext, type Features, type LayerDef, NOTHING_LEARNED, type PlacedLayer } from './layer.ts';
import { inLayout, shapedAs } from './layout.ts';

/** What each branch makes of the input, all in the layer's layout and of their own full shapes. */
function outputsOf(
  { b, sequence }: BuildContext,
  { branches, inputShape, layout }: PlacedLayer<BranchesConfig>,
  input: Features,
): readonly Features[] {
  return branches.map((layers) => {
    const shape = layers.at(-1)?.outputShape ?? inputShape;
    return shapedAs(b, inLayout(b, sequence(layers, input), layout), shape);
  });
}

export const addBranches: LayerDef<BranchesConfig> = {
  ...NOTHING_LEARNED,
  settles: null,
  build: (context, layer, input) => {
    const { layout, outputShape } = layer;
    const values = outputsOf(context, layer, input).map(({ value }) => value);
    return { value: values.reduce((sum, value) => context.b.op('Add', [sum, value])), layout, shape: outputShape };
  },
};

export const concatBranches: LayerDef<BranchesConfig> = {
  ...NOTHING_LEARNED,
  settles: null,
  build: (context, layer, input) => {
    const { layout, outputShape } = layer;
    const values = outputsOf(context, layer, input).map(({ value }) => value);
    return { value: context.b.op('Concat', values, { axis: layout === 'rows' ? 1 : 0 }), layout, shape: outputShape };
  },
};
