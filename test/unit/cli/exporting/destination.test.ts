import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { writeFolder, writeLines } from '../../../../cli/exporting/destination.ts';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'sower-export-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

const files = (text: string) => [{ path: 'a/b', contents: text }];

describe('an export', () => {
  it('replaces a file only where that was asked for', async () => {
    const path = join(folder, 'trials.csv');
    expect(await writeLines(path, ['ä', 'b'], '\r\n', false)).toBe(7);
    await expect(writeLines(path, ['c'], '\n', false)).rejects.toMatchObject({ code: 'E_EXPORT_EXISTS', exit: 9 });
    expect(readFileSync(path, 'utf8')).toBe('ä\r\nb\r\n');
    await writeLines(path, ['c'], '\n', true);
    expect(readFileSync(path, 'utf8')).toBe('c\n');
  });

  it('replaces a folder only where it is an export', async () => {
    const path = join(folder, 'runs');
    expect(await writeFolder(path, files('one'), { sweep: 's' }, false)).toBe(1);
    await expect(writeFolder(path, files('two'), {}, false)).rejects.toMatchObject({
      code: 'E_EXPORT_EXISTS',
      exit: 9,
    });
    await writeFolder(path, files('two'), {}, true);
    expect(readFileSync(join(path, 'a/b'), 'utf8')).toBe('two');
    const mine = join(folder, 'mine');
    mkdirSync(mine);
    writeFileSync(join(mine, 'thesis.txt'), 'months of work');
    await expect(writeFolder(mine, files('three'), {}, true)).rejects.toMatchObject({ code: 'E_EXPORT_EXISTS' });
    expect(readdirSync(mine)).toEqual(['thesis.txt']);
  });

  it('is not there where it could not be finished, and leads nowhere else', async () => {
    const path = join(folder, 'broken');
    const astray = [...files('fine'), { path: '../../stray', contents: '' }];
    await expect(writeFolder(path, astray, {}, false)).rejects.toThrow('leads out of the export');
    expect(readdirSync(folder).filter((name) => name.startsWith('broken'))).toEqual([]);
  });
});
