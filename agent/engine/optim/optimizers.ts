/** Every kind of optimizer, by the word the sweep file uses. A missing one does not compile. */
import type { OptimizerConfig } from '../../../shared/sweep/train.ts';
import { adagrad } from './adagrad.ts';
import { adam } from './adam.ts';
import type { OptimizerDef } from './optimizer.ts';
import { rmsprop } from './rmsprop.ts';
import { sgd } from './sgd.ts';

/** The configuration that goes with a word; one may go with several. */
type ConfigOf<T, C = OptimizerConfig> = C extends { readonly type: infer U } ? (T extends U ? C : never) : never;

export const optimizers: { readonly [T in OptimizerConfig['type']]: OptimizerDef<ConfigOf<T>> } = {
  sgd,
  adam,
  adamw: adam,
  rmsprop,
  adagrad,
};

/** The definition that goes with a configuration; the table's type guarantees that the two fit. */
export function optimizerDef<C extends OptimizerConfig>(config: C): OptimizerDef<C> {
  return optimizers[config.type] as unknown as OptimizerDef<C>;
}
