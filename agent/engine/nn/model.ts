/** A list of layers as one model: shapes settled layer by layer, then built into a graph. */
import { checkScores } from '../../../shared/model/check-model.ts';
import { outputShape } from '../../../shared/model/output-shape.ts';
import type { LayerConfig } from '../../../shared/sweep/train.ts';
import type { Structure } from '../port.ts';
import type { BuildContext, Features, Layout, ParameterSpec, PlacedLayer } from './layer.ts';
import { layerDef } from './layers.ts';
import { inLayout } from './layout.ts';

export interface Model {
  readonly layers: readonly PlacedLayer[];
  readonly parameters: readonly ParameterSpec[];
}

type Layers = Pick<Structure, 'inputShape' | 'classes' | 'layers' | 'loss'>;

/**
 * With the preference `columns` layers work features first from the first one that can; with `rows` the batch stays in
 * front throughout. Throws ModelError E_MODEL_* naming both shapes where layers, input and classes do not fit.
 */
export function planModel(structure: Layers, preference: Layout = 'columns'): Model {
  const { inputShape, layers: configs } = structure;
  const layers = placeLayers(configs, { shape: inputShape, layout: 'rows' }, preference, '');
  checkScores(structure, layers.at(-1)?.outputShape ?? inputShape);
  return { layers, parameters: parametersOf(layers) };
}

function placeLayers(
  configs: readonly LayerConfig[],
  from: Pick<Features, 'shape' | 'layout'>,
  preference: Layout,
  prefix: string,
): readonly PlacedLayer[] {
  const lastDense = lastScoring(configs);
  const placed: PlacedLayer[] = [];
  let { shape, layout } = from;
  configs.forEach((config, index) => {
    const name = `${prefix}${index}`;
    const branches =
      'branches' in config
        ? config.branches.map((branch, at) => placeLayers(branch, { shape, layout }, preference, `${name}.${at}.`))
        : [];
    const output = outputShape(config, shape, name);
    // The loss and the exported model want the scores as rows, which a dense layer can hand on for nothing.
    const settled = prefix === '' && index === lastDense ? 'rows' : (layerDef(config).settles ?? layout);
    layout = preference === 'rows' ? 'rows' : settled;
    placed.push({ config, name, inputShape: shape, outputShape: output, layout, branches });
    shape = output;
  });
  return placed;
}

/** The index of the dense layer after which nothing settles a layout, or -1. */
function lastScoring(configs: readonly LayerConfig[]): number {
  const last = configs.findLastIndex((config) => layerDef(config).settles !== null);
  return configs[last]?.type === 'dense' ? last : -1;
}

function parametersOf(layers: readonly PlacedLayer[]): readonly ParameterSpec[] {
  return layers.flatMap((layer) => [
    ...layerDef(layer.config).parameters(layer),
    ...layer.branches.flatMap((branch) => parametersOf(branch)),
  ]);
}

/** Scores `[batch, outputs]`. */
export function buildModel(context: Omit<BuildContext, 'sequence'>, model: Model, input: Features): Features {
  const whole: BuildContext = {
    ...context,
    sequence: (layers, from) =>
      layers.reduce((features, layer) => layerDef(layer.config).build(whole, layer, features), from),
  };
  return inLayout(context.b, whole.sequence(model.layers, input), 'rows');
}
