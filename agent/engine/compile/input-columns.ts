/**
 * Where raw features meet the first weights. A feature that is zero in every row adds exactly nothing to a dense layer's
 * sums and its weights get a gradient of exactly zero, so the model over the other features computes the same.
 */
import { optimizerDef } from '../optim/optimizers.ts';
import type { Structure } from '../port.ts';

/** The weight `[units, features]` whose columns are the raw features, or null where a zero feature may count for something. */
export function inputWeight({ layers, preprocessing }: Structure): string | null {
  // Numbers for each feature are not thinned out with the features, nor is the encoding of a table.
  if ('columns' in preprocessing || preprocessing.shift !== 0 || typeof preprocessing.scale !== 'number') return null;
  const index = layers.findIndex(({ type }) => type !== 'flatten');
  return layers[index]?.type === 'dense' ? `${index}.weight` : null;
}

/** Whether a weight stays as it is where its gradient and its slots are zero. */
export const restsWithoutGradient = ({ optimizer }: Structure): boolean =>
  optimizerDef(optimizer).restsAtZero(optimizer);

/** The same model over `features` of the features. */
export const overFeatures = (structure: Structure, features: number): Structure => ({
  ...structure,
  inputShape: [features],
});
