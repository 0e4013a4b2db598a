/**
 * EMNIST (Cohen, Afshar, Tapson, van Schaik 2017): digits and letters in the format of MNIST, its images stored by
 * columns. All sets lie in one archive of NIST, known by the MD5 that torchvision checks.
 */
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { SowerError } from '../../../shared/kernel/errors.ts';
import { readArchiveFile, withArchive } from '../archive/zip.ts';
import { findDataFile, readDataFile, unpack } from '../data-file.ts';
import { type DataRows, hashRows, type RawDataSet } from '../data-set.ts';
import { cachedRows } from '../row-cache.ts';
import { parseIdx } from './idx.ts';
import { identityOf, type KnownPlaces, type OfficialFile, officialFile } from './official-file.ts';

export interface EmnistSet {
  /** In sweep files. */
  readonly name: string;
  /** In file names. */
  readonly split: string;
  readonly classes: readonly string[];
  /** The label of the first class. */
  readonly firstLabel: number;
}

export const EMNIST_ARCHIVE: OfficialFile = {
  name: 'gzip.zip',
  urls: [
    'https://biometrics.nist.gov/cs_links/EMNIST/gzip.zip',
    'https://www.itl.nist.gov/iaui/vip/cs_links/EMNIST/gzip.zip',
  ],
  md5: '58c8d27c78d21e728a6bc7b3cc06412e',
};

const DIGITS = [...'0123456789'];
const CAPITALS = [...'ABCDEFGHIJKLMNOPQRSTUVWXYZ'];
/** Small letters that do not look like their capitals stay apart. */
const MERGED = [...DIGITS, ...CAPITALS, ...'abdefghnqrt'];

export const EMNIST_DIGITS: EmnistSet = { name: 'emnist_digits', split: 'digits', classes: DIGITS, firstLabel: 0 };

export const EMNIST: readonly EmnistSet[] = [
  { name: 'emnist_balanced', split: 'balanced', classes: MERGED, firstLabel: 0 },
  { name: 'emnist_bymerge', split: 'bymerge', classes: MERGED, firstLabel: 0 },
  {
    name: 'emnist_byclass',
    split: 'byclass',
    classes: [...DIGITS, ...CAPITALS, ...'abcdefghijklmnopqrstuvwxyz'],
    firstLabel: 0,
  },
  { name: 'emnist_letters', split: 'letters', classes: CAPITALS, firstLabel: 1 },
  EMNIST_DIGITS,
  { name: 'emnist_mnist', split: 'mnist', classes: DIGITS, firstLabel: 0 },
];

/** Of files by their names (without `.gz`). */
interface Files {
  /** Contents, unpacked, and the place that messages name. */
  read(name: string): Promise<{ readonly bytes: Uint8Array; readonly where: string }>;
  /** Another one where the contents may be others. */
  identityOf(name: string): Promise<string>;
}

/**
 * From `DIR/emnist` or `DIR`, as files or their archive, else the official archive from the cache or the network. Throws
 * E_DATA_MISSING, E_DATA_FORMAT, E_DATA_LABEL, E_DATA_HASH, E_DATA_DOWNLOAD, E_ARCHIVE_*.
 */
export async function openEmnist(
  set: EmnistSet,
  places: KnownPlaces,
  official = EMNIST_ARCHIVE,
): Promise<RawDataSet<DataRows>> {
  const folders = places.dataDir === null ? [] : [join(places.dataDir, 'emnist'), places.dataDir];
  for (const folder of folders) {
    for (const inside of [folder, join(folder, 'gzip')]) {
      const first = await findDataFile(inside, [fileNames(set, 'train').images]);
      if (first !== null) return openParts(set, filesOf(inside), places);
    }
    const archive = join(folder, official.name);
    if ((await stat(archive).catch(() => null))?.isFile()) {
      return openArchive(set, archive, await identityOf(archive), places);
    }
  }
  return openArchive(set, await officialFile(official, 'emnist', places), official.md5, places);
}

const fileNames = ({ split }: EmnistSet, part: string) => ({
  images: `emnist-${split}-${part}-images-idx3-ubyte`,
  labels: `emnist-${split}-${part}-labels-idx1-ubyte`,
});

function filesOf(folder: string): Files {
  const pathOf = async (name: string) => {
    const path = await findDataFile(folder, [name]);
    if (path === null) throw missing(name, folder);
    return path;
  };
  return {
    async read(name) {
      const path = await pathOf(name);
      return { bytes: await readDataFile(path), where: path };
    },
    identityOf: async (name) => identityOf(await pathOf(name)),
  };
}

function openArchive(
  set: EmnistSet,
  path: string,
  identity: string,
  places: KnownPlaces,
): Promise<RawDataSet<DataRows>> {
  return withArchive(path, (files) => {
    const read: Files['read'] = async (name) => {
      const file = files.find((one) => one.name.split('/').at(-1) === `${name}.gz`);
      if (file === undefined) throw missing(name, path);
      const where = `${path}, ${file.name}`;
      return { bytes: await unpack(await readArchiveFile(file), where), where };
    };
    return openParts(set, { read, identityOf: async () => identity }, places);
  });
}

async function openParts(set: EmnistSet, files: Files, places: KnownPlaces): Promise<RawDataSet<DataRows>> {
  const { name, classes } = set;
  const train = await openPart(set, 'train', files, places);
  const test = await openPart(set, 'test', files, places);
  return { name, train, test, classes, hash: await hashRows(train, test, classes) };
}

const SIDE = 28;
const PIXELS = SIDE * SIDE;

async function openPart(
  set: EmnistSet,
  part: string,
  files: Files,
  { cacheDir, memoryBytes }: KnownPlaces,
): Promise<DataRows> {
  const names = fileNames(set, part);
  const labels = readLabels(set, await files.read(names.labels));
  const rows = labels.length;
  const upright = async () => {
    const { bytes, where } = await files.read(names.images);
    const { shape, values } = parseIdx(bytes, where, 3);
    if (String(shape) !== String([rows, SIDE, SIDE])) {
      const what = `${shape.join(' x ')} pixels, expected ${rows} x ${SIDE} x ${SIDE} for the ${rows} labels`;
      throw new SowerError('E_DATA_FORMAT', what, { where, fix: 'replace the pair by files that belong together' });
    }
    for (let row = 0; row < rows; row++) transpose(values.subarray(row * PIXELS, (row + 1) * PIXELS));
    return values;
  };
  const known = { shape: [SIDE, SIDE], labels, rows };
  if (memoryBytes === undefined || rows * PIXELS <= memoryBytes) return { ...known, features: await upright() };
  const identity = await files.identityOf(names.images);
  return cachedRows({
    ...{ ...known, cacheDir, memoryBytes, inputType: 'uint8', madeOf: ['emnist', set.split, part, identity] },
    make: async (append) => append(await upright()),
  });
}

function readLabels(
  { classes, firstLabel, name }: EmnistSet,
  { bytes, where }: { readonly bytes: Uint8Array; readonly where: string },
): Int32Array {
  const { values } = parseIdx(bytes, where, 1);
  const last = firstLabel + classes.length - 1;
  const strange = values.findIndex((label) => label < firstLabel || label > last);
  if (strange < 0) return Int32Array.from(values, (label) => label - firstLabel);
  throw new SowerError(
    'E_DATA_LABEL',
    `label ${values[strange]} of row ${strange} is none of ${firstLabel} to ${last}`,
    {
      where: `${where}, byte ${8 + strange}`,
      fix: `replace it by labels of ${name}`,
    },
  );
}

/** In place. */
function transpose(image: Uint8Array): void {
  for (let y = 0; y < SIDE; y++) {
    for (let x = 0; x < y; x++) {
      const held = image[y * SIDE + x]!;
      image[y * SIDE + x] = image[x * SIDE + y]!;
      image[x * SIDE + y] = held;
    }
  }
}

function missing(name: string, where: string): SowerError {
  return new SowerError('E_DATA_MISSING', `${name}.gz is not there`, {
    where,
    fix: 'put the archive of all EMNIST files (gzip.zip) there, or leave --data-dir out to download it',
  });
}
