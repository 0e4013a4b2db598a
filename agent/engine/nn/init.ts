/** Fresh weights, as PyTorch draws them. */
import { deriveKey, drawUniform } from '../../../shared/kernel/random.ts';
import type { Init } from '../../../shared/sweep/train.ts';
import type { ParameterTensor } from '../port.ts';
import type { InitialValues, ParameterSpec } from './layer.ts';

/** Inputs that a unit sums over, and units that an input reaches (`torch.nn.init._calculate_fan_in_and_fan_out`). */
export interface Fans {
  readonly fanIn: number;
  readonly fanOut: number;
}

/**
 * Default: `kaiming_uniform_(a=sqrt(5))`, which comes down to U(-1/sqrt(fanIn), 1/sqrt(fanIn)). Xavier with gain 1, He with
 * the gain of ReLU, sqrt(2), and the fan in, as `torch.nn.init` has them.
 */
export function initialWeight(init: Init = 'default', { fanIn, fanOut }: Fans): InitialValues {
  switch (init) {
    case 'default':
      return { kind: 'uniform', bound: 1 / Math.sqrt(fanIn) };
    case 'xavier_uniform':
      return { kind: 'uniform', bound: Math.sqrt(6 / (fanIn + fanOut)) };
    case 'xavier_normal':
      return { kind: 'normal', sd: Math.sqrt(2 / (fanIn + fanOut)) };
    case 'he_uniform':
      return { kind: 'uniform', bound: Math.sqrt(6 / fanIn) };
    case 'he_normal':
      return { kind: 'normal', sd: Math.sqrt(2 / fanIn) };
    default:
      return init satisfies never;
  }
}

export function initialBias(init: Init = 'default', { fanIn }: Fans): InitialValues {
  return init === 'default' ? { kind: 'uniform', bound: 1 / Math.sqrt(fanIn) } : { kind: 'constant', value: 0 };
}

/** Keyed by the parameter's name: the same seed gives a layer the same weights whatever stands around it. */
export function initialParameter(spec: ParameterSpec, seed: number): ParameterTensor {
  const count = spec.shape.reduce((product, dim) => product * dim, 1);
  const values = new Float32Array(count);
  fill(values, spec.initial, deriveKey(seed, 'init', spec.name));
  return { name: spec.name, shape: spec.shape, values };
}

/** A loop for each kind, because models have a hundred million weights. */
function fill(values: Float32Array, initial: InitialValues, key: number): void {
  switch (initial.kind) {
    case 'uniform':
      for (let i = 0; i < values.length; i++) values[i] = (2 * drawUniform(key, i) - 1) * initial.bound;
      return;
    case 'normal':
      fillNormal(values, initial.sd, key);
      return;
    case 'constant':
      values.fill(initial.value);
      return;
    default:
      initial satisfies never;
  }
}

/** Box and Muller, both numbers of each pair; 1 - u is never zero. */
function fillNormal(values: Float32Array, sd: number, key: number): void {
  for (let i = 0; i < values.length; i += 2) {
    const radius = sd * Math.sqrt(-2 * Math.log(1 - drawUniform(key, i)));
    const angle = 2 * Math.PI * drawUniform(key, i + 1);
    values[i] = radius * Math.cos(angle);
    // One past the end of an odd count goes nowhere.
    values[i + 1] = radius * Math.sin(angle);
  }
}
