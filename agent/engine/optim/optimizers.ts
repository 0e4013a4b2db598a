/** Every kind of optimizer, by the word the sweep file uses. A missing one does not compile. */
import type { OptimizerConfig } from '../../../shared/sweep/train.ts';
import type { OptimizerDef } from './optimizer.ts';
import { sgd } from './sgd.ts';

type ConfigOf<T extends OptimizerConfig['type']> = Extract<OptimizerConfig, { readonly type: T }>;

const optimizers: { readonly [T in OptimizerConfig['type']]: OptimizerDef<ConfigOf<T>> } = { sgd };

/** The definition that goes with a configuration; the table's type guarantees that the two fit. */
export function optimizerDef<C extends OptimizerConfig>(config: C): OptimizerDef<C> {
  return optimizers[config.type] as unknown as OptimizerDef<C>;
}
