/** The home folder, made and tried before anything is kept in it. */
import { accessSync, constants, existsSync, mkdirSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { EXIT, SowerError } from '../shared/kernel/errors.ts';

/** Throws E_HOME (exit code 7) where the folder cannot be made or written. */
export function makeHome(home: string): void {
  try {
    makeFolder(home);
    if (!statSync(home).isDirectory()) throw faulty(home, 'this is a file, not a folder');
    accessSync(home, constants.R_OK | constants.W_OK | constants.X_OK);
  } catch (error) {
    if (error instanceof SowerError) throw error;
    throw faulty(home, `the folder cannot be written (${(error as NodeJS.ErrnoException).code})`, error);
  }
}

/** Not `recursive`, which in Node 20 never ends below a folder that answers ENOENT, as /proc does. */
function makeFolder(folder: string): void {
  if (existsSync(folder)) return;
  makeFolder(dirname(folder));
  try {
    mkdirSync(folder);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  }
}

function faulty(home: string, message: string, cause?: unknown): SowerError {
  return new SowerError('E_HOME', message, {
    where: home,
    fix: 'choose another folder with --home or SOWER_HOME',
    exit: EXIT.notPermitted,
    cause,
  });
}
