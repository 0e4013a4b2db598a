/** What follows from a structure alone: its key, its tensors, its scalars. */
import { walkLayers } from '../../../shared/model/layer-tree.ts';
import type { LayerConfig, OptimizerConfig } from '../../../shared/sweep/train.ts';
import { initialParameter } from '../nn/init.ts';
import { layerDef } from '../nn/layers.ts';
import { planModel } from '../nn/model.ts';
import type { Rates, StepMoment } from '../optim/optimizer.ts';
import { optimizerDef } from '../optim/optimizers.ts';
import type { Slot } from '../optim/transform.ts';
import type { ParameterTensor, Structure } from '../port.ts';
import type { StateTensor } from './signature.ts';
import { type Target, targets } from './target.ts';

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
    ...('columns' in preprocessing ? [preprocessing.columns] : [preprocessing.shift, preprocessing.scale]),
    ratesOf(structure),
    structure.clipsGradients ?? false,
    structure.accumulateBatches ?? 1,
  ]);
}

export const ratesOf = ({ rates }: Pick<Structure, 'rates'>): Rates => rates ?? 'fixed';

/** The scalars a training graph takes that stay as they are through a chunk, by name. */
export function hyperValues(
  layers: readonly LayerConfig[],
  optimizer: OptimizerConfig,
  rates: Rates = 'fixed',
): Readonly<Record<string, number>> {
  const ofLayers = walkLayers(layers).map(({ config, name }) => layerDef(config).hyper(config, name));
  return Object.assign({}, optimizerDef(optimizer).hyper(optimizer, rates), ...ofLayers);
}

/** The scalars it takes for each step, by name. */
export function movingValues(
  optimizer: OptimizerConfig,
  rates: Rates,
  moment: StepMoment,
): Readonly<Record<string, number>> {
  return optimizerDef(optimizer).moving(optimizer, rates, moment);
}

/** The optimizer's slots beside every parameter, in the order its chain carries them. */
export function slotsOf(optimizer: OptimizerConfig): readonly Slot[] {
  return optimizerDef(optimizer)
    .chain(optimizer)
    .flatMap((transform) => transform.slots);
}

const slotName = (parameter: string, slot: string): string => `${parameter}/${slot}`;

/** The slot that a state tensor is, from its name. */
export const slotOf = (name: string): string => name.slice(name.indexOf('/') + 1);

/** Names of the slots beside one parameter. */
export function slotNames(parameter: string, optimizer: OptimizerConfig): readonly string[] {
  return slotsOf(optimizer).map(({ name }) => slotName(parameter, name));
}

/** What training carries from step to step: parameters and buffers, then slots. */
export function stateTensors(structure: Structure, target: Target = targets.cpu): readonly StateTensor[] {
  const { parameters } = planModel(structure, target.layout);
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

/** Numbers the model gives for one row. */
export function outputCount(structure: Structure): number {
  return planModel(structure).outputs;
}

/** Fresh weights in PyTorch's shapes, the same from the same seed. */
export function initialParameters(structure: Structure, seed: number): readonly ParameterTensor[] {
  return planModel(structure).parameters.map((spec) => initialParameter(spec, seed));
}
