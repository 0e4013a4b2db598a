import { describe, expect, it, onTestFinished } from 'vitest';
import { SOFTWARE_VULKAN, softwareVulkan } from '../support/software-vulkan.ts';
import { openHome, smallSweep } from '../support/sower.ts';

const vulkan = softwareVulkan();
const SWEEP = smallSweep({ lr: [0.1], momentum: [0.9], seeds: [1], rows: 320, epochs: 1 });

interface TrialPage {
  readonly metrics: Readonly<Record<string, number>>;
  readonly provenance: { readonly provider: string };
}

async function runSweep(environment: Readonly<Record<string, string>>, ...words: readonly string[]) {
  const home = openHome({ SOWER_NATS: '', ...environment });
  onTestFinished(() => home.close());
  const file = home.write('sweep.yaml', SWEEP);
  const finished = await home.run('run', file, '--slots', '1', '--plain', ...words);
  return { home, finished };
}

async function trainedTrial(environment: Readonly<Record<string, string>>, ...words: readonly string[]) {
  const { home, finished } = await runSweep(environment, ...words);
  expect([finished.code, finished.stderr]).toEqual([0, expect.any(String)]);
  return JSON.parse((await home.run('show', 't000000', '--json')).stdout) as TrialPage;
}

describe('sower run --provider', () => {
  it('refuses a provider that does not train here, before it starts anything', async () => {
    const noDriver = { VK_ICD_FILENAMES: '/no/such/driver.json', VK_DRIVER_FILES: '/no/such/driver.json' };
    const { finished } = await runSweep(noDriver, '--provider', 'webgpu');
    expect(finished.code).toBe(3);
    expect(finished.stderr).toMatch(/E_ENGINE_PROVIDER the provider webgpu does not work on this machine: .+/);
    expect(finished.stderr).not.toContain('starting nats-server');
  });

  it.skipIf(vulkan === null)(`trains a sweep on WebGPU as on the CPU, on ${SOFTWARE_VULKAN}`, async () => {
    const gpu = await trainedTrial(vulkan ?? {}, '--provider', 'webgpu');
    const cpu = await trainedTrial({});
    expect([gpu.provenance.provider, cpu.provenance.provider]).toEqual(['webgpu', 'cpu']);
    for (const metric of ['train_loss', 'val_loss', 'test_loss', 'test_roc_auc']) {
      expect(Math.abs(gpu.metrics[metric]! / cpu.metrics[metric]! - 1)).toBeLessThan(1e-4);
    }
    expect(gpu.metrics.val_accuracy).toBe(cpu.metrics.val_accuracy);
  });
});
