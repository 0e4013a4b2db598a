/** What follows from a structure alone: its key, its tensors, its scalars. */
import { walkLayers } from '../../../shared/model/layer-tree.ts';
import type { LayerConfig, OptimizerConfig } from '../../../shared/sweep/train.ts';
import { initialParameter } from '../nn/init.ts';
import { layerDef } from '../nn/layers.ts';
import { planModel } from '../nn/model.ts';
import { optimizerDef } from '../optim/optimizers.ts';
import type { ParameterTensor, Structure } from '../port.ts';
import type { StateTensor } from './signature.ts';

/**
 * Equal keys, equal graphs. Numbers that are inputs of the graph are left out; whether momentum or decay is zero is not,
 * because then their nodes are.
 */
export function structureKey(structure: Structure): string {
  const { inputShape, inputType, classes, layers, loss, optimizer, batchSize, preprocessing } = structure;
  const kinds = walkLayers(layers).map(({ config, name: place }) => {
    const inputs = new Set(Object.keys(layerDef(config).hyper(config, place)).map((name) => name.split('.').pop()));
    const fixed = Object.entries(config)
      .filter(([name]) => !inputs.has(name) && name !== 'branches')
      .sort(([a], [b]) => (a < b ? -1 : 1));
    return [place, ...fixed];
  });
  const variant = optimizerDef(optimizer).variant(optimizer);
  return JSON.stringify([
    inputShape,
    inputType,
    classes,
    kinds,
    loss,
    variant,
    batchSize,
    preprocessing.shift,
    preprocessing.scale,
    structure.rates ?? 'fixed',
    structure.clipsGradients ?? false,
    structure.accumulateBatches ?? 1,
  ]);
}

/** The scalars a training graph takes, by name. */
export function hyperValues(
  layers: readonly LayerConfig[],
  optimizer: OptimizerConfig,
): Readonly<Record<string, number>> {
  const ofLayers = walkLayers(layers).map(({ config, name }) => layerDef(config).hyper(config, name));
  return Object.assign({}, optimizerDef(optimizer).hyper(optimizer), ...ofLayers);
}

/** Names of the optimizer's slots beside one parameter, in the order its chain carries them. */
export function slotNames(parameter: string, optimizer: OptimizerConfig): readonly string[] {
  const chain = optimizerDef(optimizer).chain(optimizer);
  return chain.flatMap((transform) => transform.slots.map((slot) => `${parameter}/${slot}`));
}

/** What training carries from step to step: parameters and buffers, then slots, which start at zero. */
export function stateTensors(structure: Structure): readonly StateTensor[] {
  const { parameters } = planModel(structure);
  const tensor = (name: string, kind: StateTensor['kind'], spec: (typeof parameters)[number]): StateTensor => ({
    name,
    kind,
    graphShape: spec.graphShape,
    shape: spec.shape,
  });
  return [
    ...parameters.map((spec) => tensor(spec.name, spec.trainable ? 'parameter' : 'buffer', spec)),
    ...parameters
      .filter(({ trainable }) => trainable)
      .flatMap((spec) => slotNames(spec.name, structure.optimizer).map((name) => tensor(name, 'slot', spec))),
  ];
}

/** Fresh weights in PyTorch's shapes, the same from the same seed. */
export function initialParameters(structure: Structure, seed: number): readonly ParameterTensor[] {
  return planModel(structure).parameters.map((spec) => initialParameter(spec, seed));
}
