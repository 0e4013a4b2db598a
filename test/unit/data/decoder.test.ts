/** Pictures where the library that decodes them is not installed: npm leaves it out where it has no build of it. */
import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { build } from 'esbuild';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

let elsewhere: string;
beforeAll(async () => {
  elsewhere = await mkdtemp(join(tmpdir(), 'sower-decoder-'));
});
afterAll(() => rm(elsewhere, { recursive: true, force: true }));

describe('pictures', () => {
  it('are refused where nothing can decode them, with what to install', async () => {
    // As it is released: bundled, packages outside, in a folder that has none.
    const decode = join(elsewhere, 'decode.mjs');
    await build({
      entryPoints: [join(import.meta.dirname, '../../../agent/data/images/decode.ts')],
      ...{ outfile: decode, bundle: true, packages: 'external', platform: 'node', format: 'esm', logLevel: 'warning' },
    });
    const script = `const { loadDecoder } = await import(${JSON.stringify(pathToFileURL(decode).href)});
      const { code, message, fix, cause } = await loadDecoder().catch((error) => error);
      console.log(JSON.stringify({ code, message, fix, cause: cause.code }));`;
    const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '-e', script], {
      cwd: elsewhere,
    });
    expect(JSON.parse(stdout)).toEqual({
      code: 'E_DATA_DECODER',
      message: 'the library that decodes pictures (sharp) cannot be loaded',
      fix: 'run "npm install --include=optional" where Sower is installed',
      cause: 'ERR_MODULE_NOT_FOUND',
    });
  });
});
