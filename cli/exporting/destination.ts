/** Where an export goes: a file or a folder that is either complete or not there, and never over somebody's work. */
import { randomUUID } from 'node:crypto';
import { constants } from 'node:fs';
import { copyFile, link, lstat, mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';
import { EXIT, SowerError } from '../../shared/kernel/errors.ts';
import { writeFileAtomically } from '../../shared/process/atomic-file.ts';

/** A file of an exported folder: its contents, or the file on this machine that it is the same as. */
export type ExportedFile = { readonly path: string } & (
  | { readonly contents: Uint8Array | string }
  | { readonly sameAs: string }
);

/** Lies in every exported folder, so that `--force` only ever replaces an export. */
const MARK = 'sower-export.json';
const MARK_FORMAT = 'sower export 1';

/** Lines put together before they are written. */
const LINES_AT_A_TIME = 4096;

/** Returns the number of bytes. Throws E_EXPORT_EXISTS. */
export async function writeLines(
  path: string,
  lines: Iterable<string>,
  lineEnd: string,
  force: boolean,
): Promise<number> {
  const found = await lstat(path).catch(() => null);
  if (found !== null && (found.isDirectory() || !force)) throw exists(path, found.isDirectory());
  const pieces: Uint8Array[] = [];
  let waiting: string[] = [];
  const flush = () => {
    if (waiting.length > 0) pieces.push(Buffer.from(waiting.map((line) => line + lineEnd).join('')));
    waiting = [];
  };
  for (const line of lines) if (waiting.push(line) === LINES_AT_A_TIME) flush();
  flush();
  await writeFileAtomically(path, pieces);
  return pieces.reduce((sum, { byteLength }) => sum + byteLength, 0);
}

/** Returns the number of files. `about` is kept in the folder. Throws E_EXPORT_EXISTS. */
export async function writeFolder(
  path: string,
  files: Iterable<ExportedFile>,
  about: Readonly<Record<string, unknown>>,
  force: boolean,
): Promise<number> {
  const found = await lstat(path).catch(() => null);
  if (found !== null && !(force && (await isExport(path)))) throw exists(path, found.isDirectory());
  const draft = `${path}.${randomUUID()}.part`;
  let count = 0;
  try {
    for (const file of files) {
      await writeExported(draft, file);
      count += 1;
    }
    await writeExported(draft, { path: MARK, contents: `${JSON.stringify({ format: MARK_FORMAT, ...about })}\n` });
    if (found !== null) await rm(path, { recursive: true });
    await rename(draft, path);
  } catch (error) {
    await rm(draft, { recursive: true, force: true });
    throw error;
  }
  return count;
}

async function writeExported(folder: string, file: ExportedFile): Promise<void> {
  const path = join(folder, file.path);
  if (relative(folder, path).startsWith('..'))
    throw new Error(`invariant broken: ${file.path} leads out of the export`);
  await mkdir(dirname(path), { recursive: true });
  if ('contents' in file) await writeFile(path, file.contents);
  else {
    // A second name costs no space; another disk needs a copy, which is cheap where the disk can share blocks.
    await link(file.sameAs, path).catch(() => copyFile(file.sameAs, path, constants.COPYFILE_FICLONE));
  }
}

async function isExport(path: string): Promise<boolean> {
  const text = await readFile(join(path, MARK), 'utf8').catch(() => '');
  return text.includes(MARK_FORMAT);
}

function exists(path: string, folder: boolean): SowerError {
  return new SowerError('E_EXPORT_EXISTS', folder ? 'the folder is there already' : 'the file is there already', {
    where: path,
    fix: folder
      ? 'name another place with --out, or replace an earlier export with --force'
      : 'name another place with --out, or replace it with --force',
    exit: EXIT.conflict,
  });
}
