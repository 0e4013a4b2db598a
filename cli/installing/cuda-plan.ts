/** The CUDA provider of onnxruntime and NVIDIA's libraries that it calls. */
import { readFileSync } from 'node:fs';
import { mkdir, readdir, rm, symlink } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { basename, dirname, join } from 'node:path';
import { cudaFolder, ONNXRUNTIME_VERSION } from '../../agent/engine/run/cuda-libraries.ts';
import { EXIT, SowerError } from '../../shared/kernel/errors.ts';
import { CUDA_13_WHEELS, ONNXRUNTIME_GPU_WHEEL } from './cuda-wheels.ts';
import type { Plan, Step } from './plan.ts';
import { type Wheel, wheelStep } from './wheel.ts';

const PROVIDERS = /^onnxruntime\/capi\/(libonnxruntime_providers_(?:cuda|shared)\.so)$/;
const LIBRARY = /^nvidia\/.*\/lib\/([^/]+\.so[^/]*)$/;

/** The wheel of the same release has the provider that onnxruntime-node leaves out; it may not be mixed with another. */
export function cudaPlan(cacheDir: string): Plan {
  const target = nodeFolder();
  const folder = cudaFolder(cacheDir);
  const providers = 'providers';
  return {
    name: 'cuda',
    what: `the CUDA 13 provider of onnxruntime ${ONNXRUNTIME_VERSION}`,
    folder,
    diskBytes: 2.1e9,
    tools: {},
    steps: [
      wheelStep(ONNXRUNTIME_GPU_WHEEL, 'the provider', (entry) => {
        const file = PROVIDERS.exec(entry)?.[1];
        return file === undefined ? null : join(providers, file);
      }),
      ...CUDA_13_WHEELS.map(libraryStep),
    ],
    finish: async () => {
      await mkdir(target, { recursive: true });
      for (const file of await readdir(join(folder, providers))) {
        await rm(join(target, file), { force: true });
        await symlink(join(folder, providers, file), join(target, file));
      }
    },
  };
}

function libraryStep(wheel: Wheel): Step {
  return wheelStep(wheel, 'its libraries', (entry) => {
    const file = LIBRARY.exec(entry)?.[1];
    return file === undefined ? null : join('lib', basename(file));
  });
}

/** Where onnxruntime-node looks for providers: beside its own library. Throws E_ENGINE_PLATFORM or E_ENGINE_VERSION. */
function nodeFolder(): string {
  if (process.platform !== 'linux' || process.arch !== 'x64') {
    const here = `${process.platform} ${process.arch}`;
    throw new SowerError('E_ENGINE_PLATFORM', `cuda can be installed on 64-bit x86 Linux only, this is ${here}`, {
      fix: 'train on the CPU, where nothing has to be installed',
    });
  }
  const root = packageFolder();
  const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { readonly version: string };
  if (version !== ONNXRUNTIME_VERSION) {
    throw new SowerError(
      'E_ENGINE_VERSION',
      `onnxruntime-node is ${version}, the provider is of ${ONNXRUNTIME_VERSION}`,
      {
        where: root,
        fix: `npm install onnxruntime-node@${ONNXRUNTIME_VERSION}`,
        exit: EXIT.conflict,
      },
    );
  }
  return join(root, 'bin', 'napi-v6', process.platform, process.arch);
}

function packageFolder(): string {
  let folder = dirname(createRequire(import.meta.url).resolve('onnxruntime-node'));
  while (basename(folder) !== 'onnxruntime-node') folder = dirname(folder);
  return folder;
}
