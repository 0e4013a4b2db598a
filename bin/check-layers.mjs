#!/usr/bin/env node
// Runs dependency-cruiser; reading no module at all (as happens with a TypeScript it does not know) is a failure.
import { spawnSync } from 'node:child_process';

const folders = ['shared', 'coordinator', 'agent', 'dashboards', 'cli', 'bench', 'test'];
const run = (type) =>
  spawnSync('node_modules/.bin/depcruise', ['--config', '.dependency-cruiser.mjs', '-T', type, ...folders], {
    encoding: 'utf8',
    maxBuffer: 1 << 28,
  });

const report = run('err');
process.stdout.write(report.stdout + report.stderr);
const cruised = Number(/(\d+) modules, \d+ dependencies/.exec(report.stdout)?.[1] ?? 0);
if (cruised === 0) {
  process.stderr.write('check-layers: dependency-cruiser read 0 modules; is TypeScript still 6.0.x?\n');
  process.exit(1);
}
process.exit(report.status ?? 1);
