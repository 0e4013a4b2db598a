#!/usr/bin/env node
// Bundles the TypeScript sources into dist/: one file per process, packages left outside.
import { existsSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');

/** Process name -> source. `dist/<name>.js` is what gets started. */
const entries = {
  cli: 'cli/main.ts',
  slot: 'agent/slot-main.ts',
  probe: 'agent/probe-main.ts',
  grafana: 'dashboards/grafana/main.ts',
  bench: 'bench/main.ts',
};

/** Chunk names hold their content's hash, so a process that is running keeps the chunks it may still load. */
export async function build({ clean = false } = {}) {
  const { build: esbuild } = await import('esbuild');
  if (clean) rmSync(join(root, 'dist'), { recursive: true, force: true });
  await esbuild({
    absWorkingDir: root,
    entryPoints: Object.entries(entries)
      .filter(([, source]) => existsSync(join(root, source)))
      .map(([out, source]) => ({ out, in: source })),
    outdir: 'dist',
    bundle: true,
    splitting: true,
    packages: 'external',
    platform: 'node',
    format: 'esm',
    target: 'node20',
    jsx: 'automatic',
    sourcemap: true,
    logLevel: 'warning',
  });
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href)
  await build({ clean: process.argv.includes('--clean') });
