/** Where `sower engine install` puts TensorFlow.js, and where the engine looks for it: below the user's cache folder. */
import { join } from 'node:path';

/** Best first: the engine takes the first that is installed. */
export const TFJS_PACKAGES = ['tfjs-node-gpu', 'tfjs-node', 'tfjs'] as const;

export type TfjsPackage = (typeof TFJS_PACKAGES)[number];

export const TFJS_VERSION = '4.22.0';

/** The last libtensorflow whose kernels give what these versions of TensorFlow.js expect: newer ones round int32 to zeros. */
export const LIBTENSORFLOW_VERSION = '2.15.1';

/** Versions are part of the name, so that an upgrade neither finds nor breaks what an older Sower installed. */
export function stagedFolder(cacheDir: string, name: TfjsPackage): string {
  const native = name === 'tfjs' ? '' : `-libtensorflow-${LIBTENSORFLOW_VERSION}`;
  return join(cacheDir, 'engines', `${name}-${TFJS_VERSION}${native}`);
}
