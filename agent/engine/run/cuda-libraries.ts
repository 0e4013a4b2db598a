/** CUDA's libraries where `sower engine install cuda` put them, for a provider that finds them by name only. */
import { existsSync, readdirSync } from 'node:fs';
import { constants } from 'node:os';
import { join } from 'node:path';

export const ONNXRUNTIME_VERSION = '1.30.0';

export const cudaFolder = (cacheDir: string): string =>
  join(cacheDir, 'engines', `cuda-13-onnxruntime-${ONNXRUNTIME_VERSION}`);

/** glibc's RTLD_NODELETE, which Node does not name: the library stays although Node, finding no addon in it, closes it. */
const STAYS = 0x1000;

const preloaded = new Map<string, readonly string[]>();

/**
 * Loads them into this process, once, so that the provider's own search finds them by name: a path for the loader could
 * only be set before the process starts. Hands back the names of those that did not load; none where nothing is installed.
 */
export function preloadCudaLibraries(cacheDir: string): readonly string[] {
  const folder = join(cudaFolder(cacheDir), 'lib');
  const known = preloaded.get(folder);
  if (known !== undefined) return known;
  if (!existsSync(folder)) return [];
  // Some need others, whose order is not known: as long as one more loads, the rest is tried again.
  let left = readdirSync(folder);
  for (let before = Number.POSITIVE_INFINITY; left.length > 0 && left.length < before; ) {
    before = left.length;
    left = left.filter((file) => !loads(join(folder, file)));
  }
  preloaded.set(folder, left);
  return left;
}

function loads(path: string): boolean {
  try {
    process.dlopen({ exports: {} }, path, constants.dlopen.RTLD_NOW | constants.dlopen.RTLD_GLOBAL | STAYS);
    return true;
  } catch (error) {
    // What Node says of a library that was loaded and is no addon.
    return (error as Error).message.includes('did not self-register');
  }
}
