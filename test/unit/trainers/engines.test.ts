/** In a file of its own: what a process once began to load of TensorFlow.js it cannot change. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished, vi } from 'vitest';
import { stagedFolder } from '../../../agent/engine/tfjs/staged-package.ts';
import { createEngines } from '../../../agent/trainers/builtin/engines.ts';

it('an engine that could not be opened is asked for again, and nothing of it has to be closed', async () => {
  const cache = mkdtempSync(join(tmpdir(), 'sower-engines-'));
  onTestFinished(() => rmSync(cache, { recursive: true, force: true }));
  vi.stubEnv('SOWER_CACHE', cache);
  onTestFinished(() => void vi.unstubAllEnvs());
  const staged = stagedFolder(cache, 'tfjs-node');
  mkdirSync(staged, { recursive: true });
  writeFileSync(join(staged, 'package.json'), '{}\n');

  const engines = createEngines({ threads: 1, dataDir: null, cacheDir: cache });
  const first = engines.open('tfjs');
  await expect(first).rejects.toMatchObject({ code: 'E_ENGINE_LOAD', fix: expect.stringContaining('--force') });
  const second = engines.open('tfjs');
  expect(second).not.toBe(first);
  await expect(second).rejects.toMatchObject({ code: 'E_ENGINE_LOAD' });

  const ort = await engines.open('ort');
  expect(await engines.open('ort')).toBe(ort);
  await engines.close();
});
