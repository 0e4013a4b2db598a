/** A list of layers as one model: shapes settled layer by layer, then built into a graph. */
import { SowerError } from '../../../shared/kernel/errors.ts';
import type { LayerConfig } from '../../../shared/sweep/train.ts';
import type { Structure } from '../port.ts';
import type { BuildContext, Features, Layout, ParameterSpec, PlacedLayer } from './layer.ts';
import { layerDef } from './layers.ts';

export interface Model {
  readonly layers: readonly PlacedLayer[];
  readonly parameters: readonly ParameterSpec[];
}

/** Throws SowerError E_MODEL_* naming both shapes where layers, input and classes do not fit. */
export function planModel(structure: Pick<Structure, 'inputShape' | 'classes' | 'layers'>): Model {
  const { inputShape, classes, layers: configs } = structure;
  const last = configs.findLastIndex((config) => layerDef(config).settles !== null);
  const layers: PlacedLayer[] = [];
  let shape = inputShape;
  let layout: Layout = 'rows';
  configs.forEach((config, index) => {
    const def = layerDef(config);
    const outputShape = def.outputShape(config, shape, index);
    // The loss and the exported model want the scores as rows, so the last layer with weights hands them on that way.
    layout = index === last ? 'rows' : (def.settles ?? layout);
    layers.push({ config, index, inputShape: shape, outputShape, layout });
    shape = outputShape;
  });
  checkScores(configs, shape, classes);
  return { layers, parameters: layers.flatMap((layer) => layerDef(layer.config).parameters(layer)) };
}

function checkScores(configs: readonly LayerConfig[], shape: readonly number[], classes: number): void {
  if (shape.length === 1 && shape[0] === classes) return;
  const index = configs.length - 1;
  const what = index < 0 ? 'the model has no layers' : `layer ${index} (${configs[index]?.type}) is the last`;
  throw new SowerError(
    'E_MODEL_SHAPE',
    `${what} and gives scores of shape [${shape.join(', ')}], but the data has ${classes} classes: [${classes}]`,
    { fix: `end the model with \`- dense: {units: ${classes}}\`` },
  );
}

/** Scores `[batch, classes]`. */
export function buildModel(context: BuildContext, model: Model, input: Features): Features {
  return model.layers.reduce((features, layer) => layerDef(layer.config).build(context, layer, features), input);
}
