import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The folder of Sower's own `package.json`, whether this code runs from source or from `dist/`. */
export function packageRoot(): string {
  let folder = dirname(fileURLToPath(import.meta.url));
  while (!existsSync(join(folder, 'package.json'))) {
    const parent = dirname(folder);
    if (parent === folder) throw new Error('invariant broken: no package.json above Sower');
    folder = parent;
  }
  return folder;
}

/** The built file that starts one kind of process. */
export function processEntry(name: 'cli' | 'slot' | 'probe'): string {
  return join(packageRoot(), 'dist', `${name}.js`);
}
