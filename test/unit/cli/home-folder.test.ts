import { chmodSync, existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { makeHome } from '../../../cli/home-folder.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'sower-home-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const refused = (message: RegExp) =>
  expect.objectContaining({ code: 'E_HOME', exit: 7, message: expect.stringMatching(message) });

describe('the home folder', () => {
  it('is made with its parents, and may be there already', () => {
    const home = join(folder, 'a', 'b');
    makeHome(home);
    makeHome(home);
    expect(existsSync(home)).toBe(true);
  });

  it('cannot be a file', () => {
    const home = join(folder, 'file');
    writeFileSync(home, '');
    expect(() => makeHome(home)).toThrow(refused(/a file/));
    expect(() => makeHome(join(home, 'below'))).toThrow(refused(/cannot be written \(ENOTDIR\)/));
  });

  // The superuser may write anywhere.
  it.skipIf(process.getuid?.() === 0)('must be writable', () => {
    const home = join(folder, 'locked');
    mkdirSync(home);
    chmodSync(home, 0o500);
    expect(() => makeHome(home)).toThrow(refused(/cannot be written \(EACCES\)/));
    expect(() => makeHome(join(home, 'below'))).toThrow(refused(/cannot be written \(EACCES\)/));
  });

  it.skipIf(process.platform !== 'linux')('ends where no folder can be made', () => {
    expect(() => makeHome('/proc/sower/home')).toThrow(refused(/cannot be written/));
  });
});
