/** Every composition; tests go through it, so that none is without its gradient check. */
import { elu, gelu, geluTanh, leakyRelu, silu, softplus } from './activations.ts';
import { normalize } from './normalize.ts';

export const compositions = { leakyRelu, elu, softplus, silu, gelu, geluTanh, normalize } as const;
