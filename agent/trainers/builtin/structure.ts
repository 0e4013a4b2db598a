import type { TrainConfig } from '../../../shared/sweep/train.ts';
import { type DataSet, inputTypeOf } from '../../data/index.ts';
import type { AffinePreprocessing, Structure } from '../../engine/port.ts';

/** What is compiled for a trial: all that its graph depends on, and none of the numbers that only a run takes. */
export function structureOf(
  config: TrainConfig,
  data: Pick<DataSet, 'train' | 'classes' | 'preprocessing'>,
  ratesMove: boolean,
): Structure {
  const inputType = inputTypeOf(data.train);
  return {
    inputShape: data.train.shape,
    inputType,
    classes: data.classes?.length ?? null,
    layers: config.model,
    loss: config.loss,
    optimizer: config.optimizer,
    batchSize: config.batchSize,
    preprocessing: data.preprocessing ?? preprocessingOf(config.data.scale, inputType),
    rates: ratesMove ? 'per_step' : 'fixed',
    clipsGradients: config.clipGradNorm !== null,
    accumulateBatches: config.accumulateBatches,
  };
}

/** `unit` means pixels; columns of other data have no natural range to divide by. */
function preprocessingOf(scale: TrainConfig['data']['scale'], inputType: Structure['inputType']): AffinePreprocessing {
  return { shift: 0, scale: scale === 'unit' && inputType === 'uint8' ? 1 / 255 : 1 };
}
