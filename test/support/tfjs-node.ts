/** Real tfjs-node, where `npm test` could install it. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { stagedFolder } from '../../agent/engine/tfjs/staged-package.ts';
import { userCache } from '../../shared/process/user-cache.ts';

export const cacheDir = userCache();

/** Why tests that need it are left out, null where it is there. */
export const missingTfjsNode: string | null = existsSync(join(stagedFolder(cacheDir, 'tfjs-node'), 'installed.json'))
  ? null
  : 'tfjs-node is not installed: node bin/sower.mjs engine install tfjs-node says why';
