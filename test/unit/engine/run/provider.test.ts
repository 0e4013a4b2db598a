import { describe, expect, it } from 'vitest';
import { chooseProvider, type Trial } from '../../../../agent/engine/run/provider.ts';
import { reasonOf } from '../../../../agent/engine/run/reason.ts';

const NO_LIBRARY: Trial = { works: false, reason: 'Failed to load shared library' };

/** Answers as a machine would on which only the providers named train; `asked` is what was tried out. */
function machineWith(...working: readonly string[]) {
  const asked: string[] = [];
  const tryOut = async (provider: string): Promise<Trial> => {
    asked.push(provider);
    return working.includes(provider) ? { works: true } : NO_LIBRARY;
  };
  return { asked, tryOut };
}

describe('the choice of a provider', () => {
  it('takes the CPU without trying anything out', async () => {
    const { asked, tryOut } = machineWith('cuda', 'webgpu');
    expect(await chooseProvider('cpu', tryOut)).toBe('cpu');
    expect(asked).toEqual([]);
  });

  it('takes CUDA by itself where it trains, else the CPU, and never WebGPU', async () => {
    expect(await chooseProvider('auto', machineWith('cuda').tryOut)).toBe('cuda');
    const without = machineWith('webgpu');
    expect(await chooseProvider('auto', without.tryOut)).toBe('cpu');
    expect(without.asked).toEqual(['cuda']);
  });

  it.each(['cuda', 'webgpu'] as const)('takes %s where it is asked for and trains', async (provider) => {
    expect(await chooseProvider(provider, machineWith(provider).tryOut)).toBe(provider);
  });

  it.each([
    ['cuda', 'sower engine install cuda'],
    ['webgpu', 'Vulkan'],
  ] as const)('refuses %s by name rather than train on something else', async (provider, fix) => {
    await expect(chooseProvider(provider, machineWith().tryOut)).rejects.toMatchObject({
      code: 'E_ENGINE_PROVIDER',
      message: `the provider ${provider} does not work on this machine: Failed to load shared library`,
      fix: expect.stringContaining(fix),
    });
  });
});

describe('the reason that a runtime gives', () => {
  it.each([
    ['Failed to load shared library', 'Failed to load shared library'],
    ['/a/b.cc:136 X::Init() adapter.status == Success was false. No adapter\n  at line 3', 'No adapter'],
    [
      "Non-zero status code. Name:'' Status Message: pool.cc:276 ComputeInternal Not supported yet.",
      'Not supported yet.',
    ],
  ])('is one line without source files: %s', (text, words) => {
    expect(reasonOf(new Error(text))).toBe(words);
    expect(reasonOf(new Error('does not accept the model', { cause: new Error(text) }))).toBe(words);
  });
});
