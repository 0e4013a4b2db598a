#!/usr/bin/env node
// The command `sower`. In a checkout it builds what changed first; an installed package has dist/ already.
import './install.mjs';

await import('../dist/cli.js');
