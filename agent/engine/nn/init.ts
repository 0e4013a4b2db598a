/** Fresh weights, as PyTorch draws them by default. */
import { deriveKey, drawUniform } from '../../../shared/kernel/random.ts';
import type { ParameterTensor } from '../port.ts';
import type { ParameterSpec } from './layer.ts';

/**
 * `kaiming_uniform_(a=sqrt(5))` comes down to U(-1/sqrt(fanIn), 1/sqrt(fanIn)), for weight and bias alike. Keyed by the
 * parameter's name: the same seed gives a layer the same weights whatever stands around it.
 */
export function initialParameter(spec: ParameterSpec, seed: number): ParameterTensor {
  const key = deriveKey(seed, 'init', spec.name);
  const bound = 1 / Math.sqrt(spec.fanIn);
  const count = spec.shape.reduce((product, dim) => product * dim, 1);
  const values = Float32Array.from({ length: count }, (_, i) => (2 * drawUniform(key, i) - 1) * bound);
  return { name: spec.name, shape: spec.shape, values };
}
