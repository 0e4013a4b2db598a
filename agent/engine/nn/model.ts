/** A list of layers as one model: shapes settled layer by layer, then built into a graph. */
import { checkScores } from '../../../shared/model/check-model.ts';
import { elementsOf, outputShape } from '../../../shared/model/output-shape.ts';
import type { LayerConfig } from '../../../shared/sweep/train.ts';
import { preprocessedShape, type Structure } from '../port.ts';
import type { BuildContext, Features, Layout, ParameterSpec, PlacedLayer } from './layer.ts';
import { layerDef } from './layers.ts';
import { flattened, inLayout } from './layout.ts';

export interface Model {
  readonly layers: readonly PlacedLayer[];
  readonly parameters: readonly ParameterSpec[];
  /** Scores of one example. */
  readonly outputs: number;
}

/** Without preprocessing the first layer takes rows as they are. */
type Layers = Pick<Structure, 'inputShape' | 'classes' | 'layers' | 'loss'> & Partial<Pick<Structure, 'preprocessing'>>;

/**
 * With the preference `columns` layers work features first from the first one that can; with `rows` the batch stays in
 * front throughout. Throws ModelError E_MODEL_* naming both shapes where layers, input and classes do not fit.
 */
export function planModel(structure: Layers, preference: Layout = 'columns'): Model {
  const { inputShape, preprocessing, layers: configs } = structure;
  const shape = preprocessing === undefined ? inputShape : preprocessedShape(inputShape, preprocessing);
  const layers = placeLayers(configs, { shape, layout: 'rows' }, preference, '');
  const scores = layers.at(-1)?.outputShape ?? shape;
  checkScores(structure, scores);
  return { layers, parameters: parametersOf(layers), outputs: elementsOf(scores) };
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
    if (preference === 'rows' || (prefix === '' && index === lastDense)) layout = 'rows';
    else if (settlesColumns(config)) layout = 'columns';
    placed.push({ config, name, inputShape: shape, outputShape: output, layout, branches });
    shape = output;
  });
  return placed;
}

/** Whether a layer hands on features first whatever it is given: by itself or through its branches. */
function settlesColumns(config: LayerConfig): boolean {
  const inner = 'branches' in config ? config.branches.flat() : [];
  return layerDef(config).settles === 'columns' || inner.some(settlesColumns);
}

/** The index of the dense layer after which nothing settles a layout, or -1. */
function lastScoring(configs: readonly LayerConfig[]): number {
  const last = configs.findLastIndex(settlesColumns);
  return configs[last]?.type === 'dense' ? last : -1;
}

function parametersOf(layers: readonly PlacedLayer[]): readonly ParameterSpec[] {
  return layers.flatMap((layer) => [
    ...layerDef(layer.config).parameters(layer),
    ...layer.branches.flatMap((branch) => parametersOf(branch)),
  ]);
}

/** Told of every layer while its nodes are appended, those inside branches within the one that holds them. */
export type AroundLayer = (layer: PlacedLayer, build: () => Features) => Features;

/** Scores `[batch, outputs]`. */
export function buildModel(
  context: Omit<BuildContext, 'sequence'>,
  model: Model,
  input: Features,
  around: AroundLayer = (_, build) => build(),
): Features {
  const whole: BuildContext = {
    ...context,
    sequence: (layers, from) =>
      layers.reduce(
        (features, layer) => around(layer, () => layerDef(layer.config).build(whole, layer, features)),
        from,
      ),
  };
  return inLayout(context.b, flattened(context.b, whole.sequence(model.layers, input)), 'rows');
}
