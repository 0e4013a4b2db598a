import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { download } from '../../../agent/data/download.ts';
import { openFashionMnist, openMnist } from '../../../agent/data/known/mnist.ts';
import { openData } from '../../../agent/data/open-data.ts';
import type { Examples } from '../../../agent/engine/port.ts';
import { packageRoot } from '../../../shared/process/package-root.ts';
import { idxBytes } from '../../support/idx-bytes.ts';
import { refusalOf } from '../../support/refusal.ts';

const realData = process.env.SOWER_DATA ?? join(packageRoot(), '..', 'shared', 'datasets');

let home: string;
beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'sower-mnist-'));
});
afterEach(() => rm(home, { recursive: true, force: true }));

const refusal = (work: Promise<unknown>) => refusalOf(work, home);

/** Four files of a tiny MNIST, some replaced; a null leaves the file out. */
async function writeFiles(folder: string, replaced: Readonly<Record<string, Uint8Array | null>> = {}): Promise<void> {
  const files: Record<string, Uint8Array | null> = {
    'train-images-idx3-ubyte': idxBytes([3, 2, 2], [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11]),
    'train-labels-idx1-ubyte': idxBytes([3], [7, 0, 9]),
    't10k-images-idx3-ubyte': idxBytes([1, 2, 2], [255, 0, 0, 255]),
    't10k-labels-idx1-ubyte': idxBytes([1], [3]),
    ...replaced,
  };
  await mkdir(folder, { recursive: true });
  for (const [name, bytes] of Object.entries(files)) if (bytes !== null) await writeFile(join(folder, name), bytes);
}

/** No mirrors: what is not in the folders is a failure. */
const open = (dataDir: string) =>
  openMnist({ dataDir, cacheDir: join(home, 'cache'), mirrors: [], notify: () => undefined });

describe('Fashion-MNIST', () => {
  it('is read from a folder of its own, never from that of MNIST', async () => {
    await writeFiles(join(home, 'fashion', 'fashion-mnist'));
    await writeFiles(join(home, 'digits'));
    const from = (folder: string) =>
      openFashionMnist({
        dataDir: join(home, folder),
        cacheDir: join(home, 'cache'),
        mirrors: [join(home, 'no-mirror')],
        notify: () => undefined,
      });
    const data = await from('fashion');
    expect([data.name, data.classes?.[9], [...data.train.labels]]).toEqual(['fashion_mnist', 'Ankle boot', [7, 0, 9]]);
    expect(await refusal(from('digits'))).toContain('E_DATA_DOWNLOAD');
  });
});

describe('MNIST from a folder', () => {
  it('is read from DIR/mnist, or from DIR itself', async () => {
    await writeFiles(join(home, 'a', 'mnist'));
    await writeFiles(join(home, 'b'));
    const [inside, itself] = await Promise.all([open(join(home, 'a')), open(join(home, 'b'))]);
    expect(inside.train).toMatchObject({ rows: 3, shape: [2, 2] });
    expect([...inside.train.labels]).toEqual([7, 0, 9]);
    expect([...(inside.test as Examples).features]).toEqual([255, 0, 0, 255]);
    expect(itself.hash).toBe(inside.hash);
  });

  it('is read packed, and under the names some tools unpack to', async () => {
    const labels = idxBytes([3], [7, 0, 9]);
    await writeFiles(home, {
      'train-labels-idx1-ubyte': null,
      'train-labels-idx1-ubyte.gz': gzipSync(labels),
      't10k-labels-idx1-ubyte': null,
      't10k-labels.idx1-ubyte': idxBytes([1], [3]),
    });
    expect([...(await open(home)).train.labels]).toEqual([7, 0, 9]);
  });

  const cases: readonly (readonly [what: string, replaced: Record<string, Uint8Array | null>, message: string])[] = [
    [
      'a missing file',
      { 't10k-labels-idx1-ubyte': null },
      'E_DATA_MISSING ~/d: t10k-labels-idx1-ubyte.gz is missing beside the other MNIST files; put all four files there, or leave --data-dir out to download them',
    ],
    [
      'a label that is no digit',
      { 'train-labels-idx1-ubyte': idxBytes([3], [7, 0, 10]) },
      'E_DATA_LABEL ~/d/train-labels-idx1-ubyte, byte 10: label 10 of row 2 is none of 0 to 9; replace it by labels of digits',
    ],
    [
      'more images than labels',
      { 'train-labels-idx1-ubyte': idxBytes([2], [7, 0]) },
      'E_DATA_FORMAT ~/d/train-images-idx3-ubyte: 3 images, but 2 labels in ~/d/train-labels-idx1-ubyte; replace the pair by files that belong together',
    ],
    [
      'rows of one class only',
      { 'train-labels-idx1-ubyte': idxBytes([3], [7, 7, 7]) },
      'E_DATA_LABEL ~/d: all 3 training rows have label 7; give rows of at least two classes: there is nothing to tell apart',
    ],
    [
      'a truncated file',
      { 't10k-images-idx3-ubyte': idxBytes([1, 2, 2], [255, 0]) },
      'E_DATA_FORMAT ~/d/t10k-images-idx3-ubyte, byte 18: truncated: 1 x 2 x 2 values need 4 bytes, the file has 2; replace it by an intact IDX file',
    ],
    [
      'test images of another size',
      { 't10k-images-idx3-ubyte': idxBytes([1, 2, 3], [1, 2, 3, 4, 5, 6]) },
      'E_DATA_FORMAT ~/d: training images are 2 x 2 pixels, test images 2 x 3; put the four files of one data set there',
    ],
    [
      'something that only claims to be packed',
      { 't10k-images-idx3-ubyte': null, 't10k-images-idx3-ubyte.gz': Buffer.from('not packed') },
      'E_DATA_FORMAT ~/d/t10k-images-idx3-ubyte.gz: not an intact gzip file: incorrect header check; replace it by an intact file',
    ],
    [
      'a packed file cut short',
      { 't10k-images-idx3-ubyte': null, 't10k-images-idx3-ubyte.gz': gzipSync(Buffer.alloc(100)).subarray(0, 15) },
      'E_DATA_FORMAT ~/d/t10k-images-idx3-ubyte.gz: not an intact gzip file: unexpected end of file; replace it by an intact file',
    ],
  ];
  it.each(cases)('refuses %s', async (_, replaced, message) => {
    await writeFiles(join(home, 'd'), replaced);
    expect(await refusal(open(join(home, 'd')))).toBe(message);
  });

  it('refuses a folder that is none', async () => {
    expect(await refusal(open(join(home, 'nowhere')))).toBe(
      'E_DATA_MISSING ~/nowhere: the data folder (--data-dir, SOWER_DATA) is not a folder; name a folder of this machine that holds the MNIST files, or leave it out to download them',
    );
  });

  it.skipIf(!existsSync(join(realData, 'mnist')))('reads real MNIST', async () => {
    const data = await openData(
      { name: 'mnist', split: {}, scale: 'unit', file: null, prepare: [] },
      { dataDir: realData, cacheDir: home },
    );
    expect(data.test).toMatchObject({ rows: 10_000, shape: [28, 28] });
    expect([...data.test!.labels.subarray(0, 10)]).toEqual([7, 2, 1, 0, 4, 1, 4, 9, 5, 9]);
  });
});

describe('downloads', () => {
  const payload = Buffer.from('the right file');
  const file = {
    name: 'payload.gz',
    bytes: payload.length,
    sha256: '2cdd807b8e1f367c3b76a185a4c8d3eea11345477fa44560bbb0db4afa3f1435',
  };
  let server: Server;
  let origin: string;
  beforeEach(async () => {
    server = createServer((request, response) => {
      if (request.url === '/good/payload.gz') response.end(payload);
      else if (request.url === '/bad/payload.gz') response.end('another file');
      else if (request.url === '/huge/payload.gz') response.end(Buffer.alloc(1 << 20));
      else response.writeHead(404).end();
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });
  afterEach(
    () =>
      new Promise<unknown>((resolve) => {
        server.close(resolve);
        server.closeAllConnections();
      }),
  );

  const fetchFrom = (...mirrors: string[]) =>
    download({
      file,
      mirrors: mirrors.map((mirror) => `${origin}/${mirror}`),
      path: join(home, 'cache', file.name),
      notify: () => undefined,
    });

  it('are kept once their checksum agrees, from the first mirror that has them', async () => {
    expect(Buffer.from(await fetchFrom('absent', 'good'))).toEqual(payload);
    expect(await readFile(join(home, 'cache', file.name))).toEqual(payload);
  });

  it('are refused where the checksum differs, naming both', async () => {
    const message = await refusal(fetchFrom('bad'));
    expect(message).toBe(
      `E_DATA_HASH ${origin}/bad/payload.gz: payload.gz has SHA-256 100ef6a71bac..., expected ${file.sha256.slice(0, 12)}...; try another network, or give a folder that holds the data with --data-dir`,
    );
    expect(existsSync(join(home, 'cache', file.name))).toBe(false);
  });

  it('stop at the length the file has', async () => {
    expect(await refusal(fetchFrom('huge'))).toContain('E_DATA_HASH');
  });

  it('say what to do where no mirror answers', async () => {
    expect(await refusal(fetchFrom('absent'))).toBe(
      `E_DATA_DOWNLOAD ${origin}/absent/payload.gz: cannot download the data set: the server answers 404; give a folder that holds the files with --data-dir DIR or SOWER_DATA, or connect this machine to the network`,
    );
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
    expect(await refusal(fetchFrom('good'))).toMatch(/^E_DATA_DOWNLOAD .*ECONNREFUSED/);
  });

  it('replace a damaged file in the cache', async () => {
    const path = join(home, 'cache', 'mnist', 'train-images-idx3-ubyte.gz');
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, 'damaged');
    const lines: string[] = [];
    const opened = openMnist({
      dataDir: null,
      cacheDir: join(home, 'cache'),
      mirrors: [`${origin}/absent`],
      notify: (line) => lines.push(line),
    });
    expect(await refusal(opened)).toMatch(/^E_DATA_DOWNLOAD/);
    expect(lines[0]).toBe(
      `train-images-idx3-ubyte.gz has SHA-256 41f0c27c00e8..., expected 440fcabf73cc...: ${path} is fetched again`,
    );
  });
});

describe('openData', () => {
  it('refuses a name it does not know', async () => {
    const opened = openData(
      { name: 'minst', split: {}, scale: 'unit', file: null, prepare: [] },
      { dataDir: null, cacheDir: home },
    );
    expect(await refusal(opened)).toMatch(
      /^E_DATA_NAME train\.data\.name: there is no data set "minst"; use one of digits, characters, mnist, /,
    );
  });

  it('gives the same object for the same request, and forgets failures', async () => {
    await writeFiles(home);
    const folders = { dataDir: home, cacheDir: home };
    const config = { name: 'mnist', split: { validation: 1 }, scale: 'unit', file: null, prepare: [] } as const;
    const [first, second] = await Promise.all([openData(config, folders), openData(config, folders)]);
    expect(second).toBe(first);
    expect(await refusal(openData({ ...config, split: { train: 9 } }, folders))).toContain('E_DATA_SPLIT');
    const elsewhere = { dataDir: join(home, 'later'), cacheDir: home };
    expect(await refusal(openData(config, elsewhere))).toContain('E_DATA_MISSING');
    await writeFiles(join(home, 'later'));
    expect((await openData(config, elsewhere)).hash).toBe(first.hash);
  });
});
