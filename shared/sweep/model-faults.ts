import { checkModel } from '../model/check-model.ts';
import { walkLayers } from '../model/layer-tree.ts';
import { ModelError } from '../model/model-error.ts';
import type { Finding, Path } from './finding.ts';
import { SWEEP_LIMITS } from './limits.ts';
import type { KnowData } from './train/known-data.ts';
import type { LayerConfig, TrainConfig } from './train.ts';

const MODEL: Path = ['train', 'model'];

/** Why the model cannot be trained on its data with its loss, at the layer that is to blame. */
export function modelFaults({ model, data, loss }: TrainConfig, know: KnowData): readonly Finding[] {
  const count = walkLayers(model).length;
  if (count > SWEEP_LIMITS.layers) {
    const message = `has ${count} layers, above the limit of ${SWEEP_LIMITS.layers}`;
    return [{ code: 'E_SWEEP_RANGE', path: MODEL, message, fix: 'use fewer layers' }];
  }
  const known = know(data);
  if (known === null) return [];
  try {
    checkModel({ ...known, layers: model, loss });
    return [];
  } catch (error) {
    if (!(error instanceof ModelError)) throw error;
    const { code, layer, message, fix } = error;
    const path = layer === null ? ['train', 'loss'] : [...MODEL, ...stepsTo(layer, model)];
    return [{ code, path, message, ...(fix === undefined ? {} : { fix }) }];
  }
}

/** `2.0.1` from the list of layers: `[2].add[0][1]`. */
function stepsTo(place: string, layers: readonly LayerConfig[]): Path {
  const [index = 0, branch, ...inner] = place.split('.').map(Number);
  const config = layers[index];
  if (branch === undefined || config === undefined || !('branches' in config)) return [index];
  return [index, config.type, branch, ...stepsTo(inner.join('.'), config.branches[branch] ?? [])];
}
