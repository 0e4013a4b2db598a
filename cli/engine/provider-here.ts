import type { Provider, ProviderWish } from '../../agent/engine/index.ts';
import { chooseProvider } from '../../agent/engine/run/provider.ts';
import { tryInProcess } from './probe-provider.ts';

/**
 * What trials of this machine are to be trained with, tried out before any of them starts. Throws SowerError
 * E_ENGINE_PROVIDER where a provider that was asked for by name does not train here.
 */
export async function providerHere(wish: ProviderWish, note: (text: string) => void): Promise<Provider> {
  const provider = await chooseProvider(wish, tryInProcess);
  if (wish === 'auto') note(`provider auto: training on ${provider === 'cuda' ? 'CUDA' : 'the CPU'}`);
  return provider;
}
