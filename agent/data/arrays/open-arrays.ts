/** Data sets from NumPy arrays: an NPZ archive, a folder of NPY files, or one NPY file whose last column is predicted. */
import { createReadStream } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { SowerError } from '../../../shared/kernel/errors.ts';
import { withArchive } from '../archive/zip.ts';
import { type DataRows, hashRows, type RawDataSet } from '../data-set.ts';
import type { LocalData } from '../local-data.ts';
import { classLabels, type LabelArray, type Labels, numberLabels } from './array-labels.ts';
import { findParts, type PartName } from './array-names.ts';
import { featureShape, inputTypeOfArray, readFeatures } from './features.ts';
import { openMatrix } from './matrix.ts';
import { type NpyArray, type NpySource, openNpy, readValues } from './npy.ts';

export interface ArrayOptions extends LocalData {
  readonly predict: 'classes' | 'numbers';
  /** Names of the classes, where they are known: labels count from 0 in their order. */
  readonly classes?: readonly string[];
}

/** Throws E_DATA_READ, E_DATA_FORMAT, E_DATA_ROW, E_DATA_LABEL, E_ARCHIVE_PATH, E_ARCHIVE_RATIO. */
export function openNpz(data: ArrayOptions): Promise<RawDataSet<DataRows>> {
  return withArchive(data.path, (files) => {
    const sources = files
      .filter(({ name }) => name.endsWith('.npy'))
      .map(({ name, bytes, open }) => ({ name: name.slice(0, -4), bytes, open, where: `${data.path}, ${name}` }));
    return openNamed(data, sources);
  });
}

/** Of a file or a folder. Throws as `openNpz`. */
export async function openNpyFiles(data: ArrayOptions): Promise<RawDataSet<DataRows>> {
  if (!(await stat(data.path)).isDirectory()) return openMatrix(data, await openNpy(await fileSource(data.path)));
  const names = (await readdir(data.path)).filter((name) => name.endsWith('.npy')).sort();
  return openNamed(data, await Promise.all(names.map((name) => fileSource(join(data.path, name)))));
}

interface NamedSource extends NpySource {
  readonly name: string;
}

async function fileSource(path: string): Promise<NamedSource> {
  const { size } = await stat(path);
  return { name: basename(path, '.npy'), where: path, bytes: size, open: async () => createReadStream(path) };
}

interface Part {
  readonly part: PartName;
  readonly features: NpyArray;
  readonly labels: LabelArray;
}

async function openNamed(data: ArrayOptions, sources: readonly NamedSource[]): Promise<RawDataSet<DataRows>> {
  const named = (name: string) => openNpy(sources.find((source) => source.name === name)!);
  const parts: Part[] = [];
  const names = findParts(
    sources.map(({ name }) => name),
    data.path,
  );
  for (const { part, features, labels } of names) {
    parts.push(await joinPart(part, await named(features), await named(labels)));
  }
  checkAlike(parts);
  const arrays = parts.map(({ labels }) => labels);
  return assemble(
    data,
    parts,
    data.predict === 'numbers' ? numberLabels(arrays) : classLabels(arrays, data.classes ?? null),
  );
}

async function joinPart(part: PartName, features: NpyArray, labels: NpyArray): Promise<Part> {
  for (const array of [features, labels]) {
    if (array.shape.length > 0 && !array.shape.includes(0)) continue;
    throw mismatch(array.source.where, `it holds no values: its shape is (${array.shape.join(', ')})`);
  }
  const [rows = 0] = features.shape;
  if (rows !== labels.shape[0]) {
    throw mismatch(features.source.where, `${rows} rows, but ${labels.shape[0]} labels in ${labels.source.where}`);
  }
  return { part, features, labels: { where: labels.source.where, values: await readValues(labels), rows } };
}

function checkAlike([train, ...others]: readonly Part[]): void {
  const describe = ({ features }: Part) =>
    `${featureShape(features).join(' x ')} ${inputTypeOfArray(features)} values a row`;
  for (const other of others) {
    if (describe(other) === describe(train!)) continue;
    throw mismatch(other.features.source.where, `${describe(other)}, but ${describe(train!)} in training`);
  }
}

async function assemble(data: ArrayOptions, parts: readonly Part[], read: Labels): Promise<RawDataSet<DataRows>> {
  const rows = new Map<PartName, DataRows>();
  for (const [i, { part, features }] of parts.entries()) {
    rows.set(part, await readFeatures(features, read.labels[i]!, data, part));
  }
  const { classes } = read;
  const [train, validation, test] = [rows.get('train')!, rows.get('validation') ?? null, rows.get('test') ?? null];
  return { name: data.name, train, validation, test, classes, hash: await hashRows(train, test, classes, validation) };
}

function mismatch(where: string, message: string): SowerError {
  return new SowerError('E_DATA_FORMAT', message, { where, fix: 'write arrays that belong together' });
}
