import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { cudaFolder, preloadCudaLibraries } from '../../../../agent/engine/run/cuda-libraries.ts';

it('names libraries that do not load, and finds none where nothing was installed', () => {
  const cache = mkdtempSync(join(tmpdir(), 'sower-cuda-'));
  onTestFinished(() => rmSync(cache, { recursive: true, force: true }));
  expect(preloadCudaLibraries(cache)).toEqual([]);
  const folder = join(cudaFolder(cache), 'lib');
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'libbroken.so.1'), 'no library');
  expect(preloadCudaLibraries(cache)).toEqual(['libbroken.so.1']);
});
