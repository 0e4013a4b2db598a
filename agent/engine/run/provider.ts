/** Which execution provider of onnxruntime an engine computes with, tried out before anything is trusted to it. */

import { assertNever } from '../../../shared/kernel/assert.ts';
import { SowerError } from '../../../shared/kernel/errors.ts';
import type { Provider } from '../compile/target.ts';

/** `auto`: CUDA where it works on this machine, else the CPU. */
export type ProviderWish = Provider | 'auto';

/** What came of trying a provider out. */
export type Trial = { readonly works: true } | { readonly works: false; readonly reason: string };

const FIX: Readonly<Record<Exclude<Provider, 'cpu'>, string>> = {
  cuda: 'type "sower engine install cuda", or leave --provider out to train on the CPU',
  webgpu: 'WebGPU needs a Vulkan, Metal or Direct3D 12 driver; leave --provider out to train on the CPU',
};

/**
 * The provider to use. CPU needs no trial; the others are used only where `tryOut` says that they compute what the CPU
 * does. Throws SowerError E_ENGINE_PROVIDER where one that was asked for by name does not work.
 */
export async function chooseProvider(
  wish: ProviderWish,
  tryOut: (provider: Exclude<Provider, 'cpu'>) => Promise<Trial>,
): Promise<Provider> {
  switch (wish) {
    case 'cpu':
      return 'cpu';
    case 'auto':
      return (await tryOut('cuda')).works ? 'cuda' : 'cpu';
    case 'cuda':
    case 'webgpu': {
      const trial = await tryOut(wish);
      if (trial.works) return wish;
      throw new SowerError('E_ENGINE_PROVIDER', `the provider ${wish} does not work on this machine: ${trial.reason}`, {
        fix: FIX[wish],
      });
    }
    default:
      return assertNever(wish);
  }
}
