import { mkdir, mkdtemp, readdir, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import sharp from 'sharp';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { isStored, readRows } from '../../../agent/data/data-set.ts';
import { type ImageOptions, openImages } from '../../../agent/data/images/open-images.ts';
import type { Examples } from '../../../agent/engine/port.ts';
import { refusalOf } from '../../support/refusal.ts';
import { zipOf } from '../../support/zip-bytes.ts';

let home: string;
beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), 'sower-images-'));
});
afterAll(() => rm(home, { recursive: true, force: true }));

let folder: string;
let count = 0;
beforeEach(() => {
  folder = join(home, `set-${count++}`);
});

type Colour = readonly [red: number, green: number, blue: number];

/** A picture of one colour, or of the pixels given. */
function picture(colour: Colour | readonly Colour[], width = 2, height = 2) {
  const pixels = typeof colour[0] === 'number' ? Array(width * height).fill(colour) : colour;
  return sharp(Uint8Array.from(pixels.flat()), { raw: { width, height, channels: 3 } });
}
const png = (colour: Colour | readonly Colour[], width = 2, height = 2) =>
  picture(colour, width, height).png().toBuffer();

async function writeFiles(files: Readonly<Record<string, Uint8Array | string>>): Promise<void> {
  for (const [name, bytes] of Object.entries(files)) {
    await mkdir(dirname(join(folder, name)), { recursive: true });
    await writeFile(join(folder, name), bytes);
  }
}

const lines: string[] = [];
const open = (options: Partial<ImageOptions> = {}) => {
  lines.length = 0;
  const path = options.path ?? folder;
  return openImages({
    ...{ name: 'pictures', path, sha256: path, cacheDir: join(home, 'cache'), notify: (line) => lines.push(line) },
    ...options,
  });
};

const refusal = (work: Promise<unknown>) => refusalOf(work, folder);

const contents = (rows: unknown) => {
  const { features, shape, labels } = rows as Examples;
  return { features: [...features], shape, labels: [...labels] };
};

const RED: Colour = [255, 0, 0];
const GREEN: Colour = [0, 255, 0];
const GREY: Colour = [100, 100, 100];

describe('a folder of pictures', () => {
  it('has a class for each folder, by name, and rows channel by channel', async () => {
    await writeFiles({
      'cats/b.png': await png(RED),
      'cats/in/a.png': await png(GREY),
      'ants/a.png': await png(GREEN),
    });
    const data = await open();
    expect(data.classes).toEqual(['ants', 'cats']);
    expect(contents(data.train)).toEqual({
      shape: [3, 2, 2],
      labels: [0, 1, 1],
      features: [
        ...[0, 0, 0, 0, 255, 255, 255, 255, 0, 0, 0, 0],
        ...[255, 255, 255, 255, 0, 0, 0, 0, 0, 0, 0, 0],
        ...new Array(12).fill(100),
      ],
    });
    expect([data.test, data.validation]).toEqual([null, null]);
  });

  it('may come in parts, and each part may lack classes', async () => {
    const [red, green] = [await png(RED), await png(GREEN)];
    await writeFiles({ 'train/a/1.png': red, 'train/b/1.png': green, 'val/b/1.png': green, 'test/c/1.png': red });
    const data = await open();
    expect(data.classes).toEqual(['a', 'b', 'c']);
    expect([data.train, data.validation!, data.test!].map((part) => [...part.labels])).toEqual([[0, 1], [1], [2]]);
  });

  it('leaves out, with their number, what is no picture or in no class folder', async () => {
    const red = await png(RED);
    await writeFiles({
      ...{
        'a/1.png': red,
        'b/1.png': red,
        'loose.png': red,
        'a/notes.txt': 'x',
        'b/Thumbs.db': 'x',
        '.hidden/x.png': 'x',
      },
    });
    expect((await open()).train.rows).toBe(2);
    expect(lines).toEqual(['warning: pictures: 2 files are left out, which are no picture or in no class folder']);
  });

  it('is brought to a size and to grey or colour', async () => {
    const pixels: readonly Colour[] = [
      [0, 0, 0],
      [0, 0, 0],
      [200, 200, 200],
      [200, 200, 200],
    ];
    await writeFiles({ 'a/1.png': await png(pixels), 'b/1.png': await png(GREY, 5, 3) });
    const grey = await open({ size: [1, 2], channels: 1 });
    expect(contents(grey.train)).toMatchObject({ shape: [1, 2] });
    expect(contents(grey.train).features.slice(2)).toEqual([100, 100]);
    const colour = await open({ size: [2, 2], channels: 3 });
    expect(contents(colour.train).features.slice(0, 4)).toEqual([0, 0, 200, 200]);
    expect(colour.hash).not.toBe(grey.hash);
  });

  it('is grey where its first picture is, also where others are not', async () => {
    await writeFiles({
      'a/1.png': await picture(GREY).toColourspace('b-w').png().toBuffer(),
      'b/1.png': await png(RED),
    });
    expect((await open()).train.shape).toEqual([2, 2]);
    expect(contents((await open({ channels: 3 })).train).features.slice(0, 12)).toEqual(new Array(12).fill(100));
  });

  it('is seen as its camera held it, on white, with eight bits a channel', async () => {
    const sideways = await picture([RED, GREEN], 2, 1).withMetadata({ orientation: 6 }).png().toBuffer();
    const clear = await sharp(Uint8Array.of(255, 0, 0, 0, 255, 0, 0, 255), {
      raw: { width: 1, height: 2, channels: 4 },
    })
      .png()
      .toBuffer();
    const deep = await sharp(Uint16Array.of(65535, 0, 0, 25700, 25700, 25700), {
      raw: { width: 1, height: 2, channels: 3 },
    })
      .toColourspace('rgb16')
      .png()
      .toBuffer();
    await writeFiles({ 'a/1.png': sideways, 'b/1.png': clear, 'b/2.png': deep });
    const data = await open();
    expect(contents(data.train)).toEqual({
      shape: [3, 2, 1],
      labels: [0, 1, 1],
      features: [...[255, 0, 0, 255, 0, 0], ...[255, 255, 255, 0, 255, 0], ...[255, 100, 0, 100, 0, 100]],
    });
  });

  it('is read from JPEG, and from an archive, with a folder around all', async () => {
    const photo = await picture(GREY, 8, 8).jpeg().toBuffer();
    const files = { 'a/1.jpg': photo, 'b/1.JPEG': photo, 'a/2.png': await png(GREY, 8, 8) };
    await writeFiles(files);
    await writeFile(`${folder}.zip`, zipOf({ 'set/': '', '__MACOSX/set/a/._1.jpg': 'x', ...inside(files) }));
    const [plain, packed] = [await open(), await open({ path: `${folder}.zip` })];
    expect(contents(plain.train).features).toEqual(new Array(3 * 192).fill(100));
    expect(packed.hash).toBe(plain.hash);
    expect(lines).toEqual([]);
  });
  const inside = (files: Readonly<Record<string, Uint8Array>>) =>
    Object.fromEntries(Object.entries(files).map(([name, bytes]) => [`set/${name}`, bytes]));

  it('is decoded once, and stays on disk where it takes more memory than there is', async () => {
    const colours = Array.from({ length: 20 }, (_, i): Colour => [i, 2 * i, 3 * i]);
    await writeFiles(
      Object.fromEntries(await Promise.all(colours.map(async (c, i) => [`${i % 2}/${i + 100}.png`, await png(c)]))),
    );
    const [inMemory, onDisk] = [await open(), await open({ memoryBytes: 100 })];
    expect([isStored(inMemory.train), isStored(onDisk.train)]).toEqual([false, true]);
    expect(onDisk.hash).toBe(inMemory.hash);
    const wanted = Int32Array.of(19, 0, 10);
    expect(await readRows(onDisk.train, wanted)).toEqual(await readRows(inMemory.train, wanted));
    const kept = await readdir(join(home, 'cache', 'rows'));
    await writeFiles({ '1/119.png': 'no picture any more, but its hash stayed' });
    expect((await open()).hash).toBe(inMemory.hash);
    expect(await readdir(join(home, 'cache', 'rows'))).toEqual(kept);
  });
});

describe('a folder of pictures is refused', () => {
  it('without pictures, or with one class', async () => {
    await writeFiles({ 'a/readme.txt': 'x', 'loose.png': await png(RED) });
    const where =
      'put them there as CLASS/picture.png or train/CLASS/picture.png; PNG, JPEG, WebP, GIF, TIFF and AVIF are read';
    expect(await refusal(open())).toBe(`E_DATA_FORMAT ~: there are no pictures in folders of their classes; ${where}`);
    await writeFiles({ 'a/1.png': await png(RED), 'a/2.png': await png(RED) });
    expect(await refusal(open())).toBe(
      'E_DATA_LABEL ~: all 2 pictures are in the one class folder a; give pictures of at least two classes: there is nothing to tell apart',
    );
  });

  it('with test rows but none to train on', async () => {
    await writeFiles({ 'test/a/1.png': await png(RED), 'test/b/1.png': await png(RED) });
    expect(await refusal(open())).toBe(
      'E_DATA_FORMAT ~: there is test/ but no train/; put the training pictures there, in a folder for each class',
    );
  });

  it('with a picture that is none, or was cut short, naming it', async () => {
    const noise = Array.from({ length: 1024 }, (_, i): Colour => [(i * 37) % 256, (i * 91) % 256, (i * 53) % 256]);
    const photo = await picture(noise, 32, 32).jpeg().toBuffer();
    await writeFiles({ 'a/1.jpg': photo, 'b/1.jpg': photo.subarray(0, photo.length >> 1) });
    // The library does not always say why.
    expect(await refusal(open())).toMatch(
      /^E_DATA_FORMAT ~, b\/1\.jpg: it cannot be decoded as a picture( \(VipsJpeg: premature end.*\))?; replace it by an intact picture, or take it out$/,
    );
    await writeFiles({ 'b/1.jpg': 'a text' });
    expect(await refusal(open())).toMatch(
      /^E_DATA_FORMAT ~, b\/1\.jpg: it cannot be decoded as a picture \(.+\); replace/,
    );
    expect(await readdir(join(home, 'cache', 'rows'))).not.toContainEqual(expect.stringContaining('.part'));
  });

  it('with pictures of different sizes where none is asked for', async () => {
    await writeFiles({ 'a/1.png': await png(RED), 'b/1.png': await png(RED, 3, 2) });
    expect(await refusal(open())).toBe(
      'E_DATA_FORMAT ~, b/1.png: it is 2 x 3 pixels, the first picture 2 x 2; say in a sweep file which size all are to be brought to, as in size: [64, 64]',
    );
  });

  it('with a link to a folder, and where it does not exist', async () => {
    await writeFiles({ 'a/1.png': await png(RED), 'b/1.png': await png(RED) });
    // As for its hash, a link to a file is that file.
    await symlink(join(folder, 'a', '1.png'), join(folder, 'b', '2.png'));
    expect((await open()).train.rows).toBe(3);
    await symlink(join(folder, 'a'), join(folder, 'c'));
    expect(await refusal(open())).toBe('E_DATA_READ ~: c is a link to a folder; put the folder itself there');
    expect(await refusal(open({ path: join(folder, 'none') }))).toMatch(
      /^E_DATA_READ ~\/none: cannot read it \(ENOENT\)/,
    );
  });

  it('as an archive with a link or a name that climbs', async () => {
    await mkdir(folder);
    const path = join(folder, 'a.zip');
    await writeFile(path, zipOf({ '../a/1.png': 'x' }));
    expect(await refusal(open({ path }))).toMatch(/^E_ARCHIVE_PATH ~\/a\.zip: its entry "\.\.\/a\/1\.png" would leave/);
  });
});
