import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { isStored, readRows } from '../../../agent/data/data-set.ts';
import { EMNIST, EMNIST_ARCHIVE, openEmnist } from '../../../agent/data/known/emnist.ts';
import { MEDMNIST, openMedMnist } from '../../../agent/data/known/medmnist.ts';
import { type KnownPlaces, officialFile } from '../../../agent/data/known/official-file.ts';
import { openKnown } from '../../../agent/data/known/open-known.ts';
import type { Examples } from '../../../agent/engine/port.ts';
import { DATA_SETS } from '../../../shared/sweep/index.ts';
import { idxBytes } from '../../support/idx-bytes.ts';
import { npyBytes } from '../../support/npy-bytes.ts';
import { refusalOf } from '../../support/refusal.ts';
import { zipOf } from '../../support/zip-bytes.ts';

let home: string;
beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'sower-known-'));
});
afterEach(() => rm(home, { recursive: true, force: true }));

const lines: string[] = [];
const placesOf = (more: Partial<KnownPlaces> = {}): KnownPlaces => {
  lines.length = 0;
  const own = { dataDir: null, cacheDir: join(home, 'cache'), notify: (line: string) => void lines.push(line) };
  return { ...own, fetchRules: { allowSelf: true }, ...more };
};

const refusal = (work: Promise<unknown>) => refusalOf(work, home);

/** Pixel (x, y) of row r is 28 * y + x, plus r, modulo 251. */
const pixels = (rows: number, channels = 1) =>
  Uint8Array.from(
    { length: rows * 784 * channels },
    (_, i) => ((i % (784 * channels)) + Math.floor(i / (784 * channels))) % 251,
  );

const medical = (rows = 3, channels = 1) => {
  const shape = channels === 1 ? [28, 28] : [28, 28, channels];
  const parts = ['train', 'val', 'test'].map((part, i) => ({
    [`${part}_images.npy`]: npyBytes('|u1', [rows - i, ...shape], pixels(rows - i, channels)),
    [`${part}_labels.npy`]: npyBytes(
      '|u1',
      [rows - i, 1],
      Uint8Array.from({ length: rows - i }, (_, row) => row % 2),
    ),
  }));
  return zipOf(Object.assign({}, ...parts));
};

/** As NIST stores them: column by column. */
const letters = (labels: readonly number[] = [1, 26, 2], split = 'letters') => {
  const stored = pixels(labels.length);
  for (let row = 0; row < labels.length; row++) {
    const upright = stored.slice(row * 784, (row + 1) * 784);
    for (let i = 0; i < 784; i++) stored[row * 784 + i] = upright[(i % 28) * 28 + Math.floor(i / 28)]!;
  }
  const part = (name: string) => ({
    [`gzip/emnist-${split}-${name}-images-idx3-ubyte.gz`]: gzipSync(idxBytes([labels.length, 28, 28], stored)),
    [`gzip/emnist-${split}-${name}-labels-idx1-ubyte.gz`]: gzipSync(idxBytes([labels.length], labels)),
  });
  return { ...part('train'), ...part('test') };
};

const octmnist = MEDMNIST.find(({ name }) => name === 'octmnist')!;
const emnistLetters = EMNIST.find(({ name }) => name === 'emnist_letters')!;

describe('sets that are known', () => {
  it('have the classes and the shape that sweeps are checked against', () => {
    for (const { name, classes, channels } of MEDMNIST) {
      const known = DATA_SETS[name as keyof typeof DATA_SETS];
      expect([name, known.classes, known.inputShape?.length]).toEqual([name, classes.length, channels === 1 ? 2 : 3]);
    }
    for (const { name, classes } of EMNIST) {
      expect([name, DATA_SETS[name as keyof typeof DATA_SETS].classes]).toEqual([name, classes.length]);
    }
    const md5s = [...MEDMNIST.map(({ file }) => file.md5), EMNIST_ARCHIVE.md5];
    expect(md5s.every((md5) => /^[0-9a-f]{32}$/.test(md5))).toBe(true);
    expect(new Set(md5s).size).toBe(md5s.length);
  });

  it('are found in a folder of a person by their names', async () => {
    await mkdir(join(home, 'medmnist'));
    await writeFile(join(home, 'medmnist', 'octmnist.npz'), medical());
    const config = { name: 'octmnist', prepare: [] };
    const data = await openKnown(config, placesOf({ dataDir: home }));
    expect([data.name, data.classes?.[2], data.train.rows, data.validation?.rows, data.test?.rows]).toEqual([
      ...['octmnist', 'drusen', 3, 2, 1],
    ]);
    await writeFile(join(home, 'gzip.zip'), zipOf(letters()));
    expect((await openKnown({ ...config, name: 'emnist_letters' }, placesOf({ dataDir: home }))).classes?.[25]).toBe(
      'Z',
    );
  });
});

describe('MedMNIST', () => {
  it('is refused in another size, and with labels of another set', async () => {
    await writeFile(join(home, 'octmnist.npz'), medical(3, 3));
    expect(await refusal(openMedMnist(octmnist, placesOf({ dataDir: home })))).toBe(
      'E_DATA_FORMAT ~/octmnist.npz: its rows are 3 x 28 x 28, those of octmnist 28 x 28; put the file of 28 x 28 pixels there, or say file: ~/octmnist.npz instead of name',
    );
    await writeFile(join(home, 'octmnist.npz'), medical());
    const two = { ...octmnist, classes: ['only'] };
    expect(await refusal(openMedMnist(two, placesOf({ dataDir: home })))).toContain(
      'label 1 of row 1 (counted from 0) is none of 0 to 0',
    );
  });
});

describe('EMNIST', () => {
  const open = (places: Partial<KnownPlaces> = {}) => openEmnist(emnistLetters, placesOf({ dataDir: home, ...places }));

  it('stands upright and counts its classes from 0, from the archive or from files beside each other', async () => {
    await writeFile(join(home, 'gzip.zip'), zipOf(letters()));
    const archive = await open();
    expect([...archive.train.labels]).toEqual([0, 25, 1]);
    expect([...(archive.train as Examples).features]).toEqual([...pixels(3)]);
    await mkdir(join(home, 'emnist', 'gzip'), { recursive: true });
    for (const [name, bytes] of Object.entries(letters())) await writeFile(join(home, 'emnist', name), bytes);
    expect((await open()).hash).toBe(archive.hash);
    await writeFile(
      join(home, 'emnist', 'gzip', 'emnist-letters-test-labels-idx1-ubyte.gz'),
      gzipSync(idxBytes([3], [1, 2, 3])),
    );
    expect((await open()).hash).not.toBe(archive.hash);
  });

  it('stays on disk where it takes more memory than there is', async () => {
    await writeFile(join(home, 'gzip.zip'), zipOf(letters()));
    const [inMemory, onDisk] = [await open(), await open({ memoryBytes: 1000 })];
    expect(isStored(onDisk.train)).toBe(true);
    expect(onDisk.hash).toBe(inMemory.hash);
    const wanted = Int32Array.of(2, 0);
    expect(await readRows(onDisk.train, wanted)).toEqual(await readRows(inMemory.train, wanted));
  });

  it('is read anew where one of its files was replaced', async () => {
    await mkdir(join(home, 'gzip'));
    for (const [name, bytes] of Object.entries(letters())) await writeFile(join(home, name), bytes);
    const { test, hash } = await open({ memoryBytes: 1000 });
    const images = join(home, 'gzip', 'emnist-letters-test-images-idx3-ubyte.gz');
    await writeFile(images, gzipSync(idxBytes([3, 28, 28], new Uint8Array(3 * 784))));
    const after = await open({ memoryBytes: 1000 });
    expect([isStored(test!), after.hash === hash]).toEqual([true, false]);
    expect((await readRows(after.test!, Int32Array.of(0))).features.every((pixel) => pixel === 0)).toBe(true);
  });

  it('gives digits to be added', async () => {
    await writeFile(join(home, 'gzip.zip'), zipOf(letters([1, 9, 9], 'digits')));
    const config = { name: 'emnist_two_digit_sum', prepare: [] };
    const { classes, train, test } = await openKnown(config, placesOf({ dataDir: home }));
    expect([classes?.length, train.shape, train.rows, test?.rows]).toEqual([19, [28, 56], 3, 3]);
    expect([...train.labels].every((sum) => [2, 10, 18].includes(sum))).toBe(true);
  });

  it('is refused with a label, a number of rows or an archive that is not its own', async () => {
    await writeFile(join(home, 'gzip.zip'), zipOf(letters([1, 0, 2])));
    expect(await refusal(open())).toBe(
      'E_DATA_LABEL ~/gzip.zip, gzip/emnist-letters-train-labels-idx1-ubyte.gz, byte 9: label 0 of row 1 is none of 1 to 26; replace it by labels of emnist_letters',
    );
    const name = 'gzip/emnist-letters-train-labels-idx1-ubyte.gz';
    await writeFile(join(home, 'gzip.zip'), zipOf({ ...letters(), [name]: gzipSync(idxBytes([2], [1, 2])) }));
    expect(await refusal(open())).toBe(
      'E_DATA_FORMAT ~/gzip.zip, gzip/emnist-letters-train-images-idx3-ubyte.gz: 3 x 28 x 28 pixels, expected 2 x 28 x 28 for the 2 labels; replace the pair by files that belong together',
    );
    await writeFile(join(home, 'gzip.zip'), zipOf({ other: 'x' }));
    expect(await refusal(open())).toBe(
      'E_DATA_MISSING ~/gzip.zip: emnist-letters-train-labels-idx1-ubyte.gz is not there; put the archive of all EMNIST files (gzip.zip) there, or leave --data-dir out to download it',
    );
  });
});

describe('the official file of a set', () => {
  let server: Server;
  let origin: string;
  let asked: string[];
  const bytes = medical();
  beforeEach(async () => {
    asked = [];
    server = createServer((request, response) => {
      asked.push(request.url!);
      if (request.url === '/moved') response.writeHead(302, { location: '/good.npz?download=1' }).end();
      else if (request.url?.startsWith('/good.npz')) response.end(bytes);
      else if (request.url === '/bad.npz') response.end(bytes.subarray(1));
      else response.writeHead(404).end();
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });
  afterEach(() => {
    server.closeAllConnections();
    return new Promise((resolve) => server.close(resolve));
  });
  const fileAt = (...paths: readonly string[]) => ({
    name: 'octmnist.npz',
    urls: paths.map((path) => `${origin}${path}`),
    md5: createHash('md5').update(bytes).digest('hex'),
  });

  it('is fetched once, from the first address that has it, and opened from the cache then', async () => {
    const set = { ...octmnist, file: fileAt('/absent', '/moved') };
    const first = await openMedMnist(set, placesOf());
    expect(asked).toEqual(['/absent', '/moved', '/good.npz?download=1']);
    const path = join(home, 'cache', 'medmnist', 'octmnist.npz');
    expect(lines).toEqual([
      `no luck at ${origin}/absent: cannot download the data: the server answers 404`,
      `downloading ${origin}/moved (1 MB)`,
      `saved ${path}`,
    ]);
    expect((await openMedMnist(set, placesOf())).hash).toBe(first.hash);
    expect(asked).toHaveLength(3);
    await writeFile(path, 'damaged');
    expect((await openMedMnist(set, placesOf())).hash).toBe(first.hash);
    expect(lines[0]).toMatch(
      /^octmnist\.npz has MD5 .{12}\.\.\., expected .{12}\.\.\.: .*octmnist\.npz is fetched again$/,
    );
    expect(await readFile(path)).toEqual(bytes);
  });

  it('is refused where an address has another one, and nothing of it stays', async () => {
    const file = fileAt('/bad.npz', '/absent');
    const actual = createHash('md5').update(bytes.subarray(1)).digest('hex').slice(0, 12);
    expect(await refusal(officialFile(file, 'medmnist', placesOf()))).toBe(
      `E_DATA_HASH ${origin}/bad.npz: octmnist.npz has MD5 ${actual}..., expected ${file.md5.slice(0, 12)}...; try another network, or give a folder that holds the data with --data-dir`,
    );
    expect(await readdir(join(home, 'cache', 'medmnist'))).toEqual([]);
  });

  it('says what to do where no address answers', async () => {
    expect(await refusal(officialFile(fileAt('/absent'), 'medmnist', placesOf()))).toBe(
      `E_DATA_DOWNLOAD ${origin}/absent: cannot download the data: the server answers 404; put octmnist.npz into the folder of --data-dir (SOWER_DATA), or connect this machine to the network`,
    );
    expect(existsSync(join(home, 'cache', 'medmnist', 'octmnist.npz'))).toBe(false);
  });
});
