import { createReadStream } from 'node:fs';
import { readFile, stat } from 'node:fs/promises';
import { SowerError } from '../../shared/kernel/errors.ts';
import { checkSweep, decodeSweepFile, parseSweep, SWEEP_LIMITS } from '../../shared/sweep/index.ts';
import type { ValidSweep } from '../../shared/sweep/spec.ts';

export interface LoadedSweep {
  readonly valid: ValidSweep;
  /** The file as the person wrote it. */
  readonly source: string;
}

/** Reads and checks a sweep file; throws its first fault. */
export async function loadSweep(file: string): Promise<LoadedSweep> {
  const source = await readSource(file);
  return { valid: parseSweep(source, file), source };
}

/** All faults of a sweep file, or the sweep where there is none; a file that cannot be read has that one fault. */
export async function examineSweep(file: string): Promise<{ faults: readonly SowerError[] } | LoadedSweep> {
  let source: string;
  try {
    source = await readSource(file);
  } catch (error) {
    if (error instanceof SowerError) return { faults: [error] };
    throw error;
  }
  const faults = checkSweep(source, file);
  return faults.length > 0 ? { faults } : { valid: parseSweep(source, file), source };
}

async function readSource(file: string): Promise<string> {
  let bytes: Uint8Array;
  try {
    const found = await stat(file);
    bytes = found.isFile() || found.isDirectory() ? await readFile(file) : await readStart(file);
  } catch (error) {
    throw unreadable(file, error as NodeJS.ErrnoException);
  }
  return decodeSweepFile(bytes, file);
}

/** Of a pipe or a device, which may never end: no more than tells that it is too much. */
async function readStart(file: string): Promise<Uint8Array> {
  const parts: Buffer[] = [];
  for await (const part of createReadStream(file, { end: SWEEP_LIMITS.fileBytes })) parts.push(part as Buffer);
  return Buffer.concat(parts);
}

function unreadable(file: string, cause: NodeJS.ErrnoException): SowerError {
  const refuse = (message: string, fix: string) => new SowerError('E_SWEEP_READ', message, { where: file, fix, cause });
  switch (cause.code) {
    case 'ENOENT':
      return refuse('there is no such file', 'check the path, or copy sweeps/quickstart.yaml');
    case 'EISDIR':
      return refuse('this is a folder, not a sweep file', 'name a file in it');
    case 'EACCES':
      return refuse('this file may not be read', 'check its permissions');
    default:
      return refuse(`this file cannot be read (${cause.message})`, 'check the path');
  }
}
