import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, readdir, readFile, rm, symlink, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { keepInCache } from '../../../../agent/data/sources/cache.ts';
import { contentsAt, piecesOf } from '../../../../agent/data/sources/contents.ts';
import { archiveFolder, listFolder } from '../../../../agent/data/sources/folder-archive.ts';
import { refusalOf } from '../../../support/refusal.ts';

let home: string;
beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'sower-archive-'));
});
afterEach(() => rm(home, { recursive: true, force: true }));

const LONG = `${'a-long-name-'.repeat(12)}ü.png`;

/** Two classes of images, one with a long name, one file of exactly one block, one empty. */
async function writeFolder(name: string, when: number): Promise<string> {
  const files = { 'cat/1.png': 'miau', [`dog/${LONG}`]: 'wuff', 'dog/2.png': 'x'.repeat(512), 'cat/empty.png': '' };
  const order = when % 2 === 0 ? Object.entries(files) : Object.entries(files).reverse();
  for (const [file, text] of order) {
    const path = join(home, name, file);
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, text);
    await utimes(path, when, when);
  }
  await writeFile(join(home, name, '.DS_Store'), String(when));
  return join(home, name);
}

async function bytesOf(pieces: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const all: Uint8Array[] = [];
  for await (const piece of pieces) all.push(piece);
  return Buffer.concat(all);
}

async function* flow(...pieces: readonly Uint8Array[]): AsyncGenerator<Uint8Array> {
  yield* pieces;
}

const refusal = (work: Promise<unknown>) => refusalOf(work, home);

describe('the archive of a folder', () => {
  it('is the same wherever and whenever the folder was made, and other for other contents', async () => {
    const [first, second] = [await writeFolder('a', 1_000_000), await writeFolder('b', 1_700_000_001)];
    const before = await contentsAt(first);
    expect(before).toMatchObject({ kind: 'folder' });
    expect((await contentsAt(second))?.sha256).toBe(before?.sha256);
    await writeFile(join(second, 'cat', '1.png'), 'mieu');
    expect((await contentsAt(second))?.sha256).not.toBe(before?.sha256);
  });

  it('is one that tar unpacks', async () => {
    const folder = await writeFolder('a', 2);
    await writeFile(join(home, 'a.tar'), await bytesOf(archiveFolder(folder, await listFolder(folder))));
    await mkdir(join(home, 'by-tar'));
    execFileSync('tar', ['xf', join(home, 'a.tar'), '-C', join(home, 'by-tar')]);
    expect((await contentsAt(join(home, 'by-tar')))?.sha256).toBe((await contentsAt(folder))?.sha256);
  });

  it.each([1, 511, 512, 513, 1 << 20])('is unpacked into the cache from pieces of %i bytes', async (size) => {
    const folder = await writeFolder('a', 2);
    const contents = (await contentsAt(folder))!;
    const bytes = await bytesOf(piecesOf(contents));
    expect(createHash('sha256').update(bytes).digest('hex')).toBe(contents.sha256);
    expect(bytes.length).toBe(contents.bytes);
    const pieces = Array.from({ length: Math.ceil(bytes.length / size) }, (_, i) =>
      bytes.subarray(i * size, (i + 1) * size),
    );
    await keepInCache(home, contents.sha256, { kind: 'folder', pieces: flow(...pieces), where: 'store' });
    const kept = await contentsAt(join(home, 'data', contents.sha256));
    expect(kept).toMatchObject({ kind: 'folder', sha256: contents.sha256 });
    expect(await readFile(join(home, 'data', contents.sha256, 'dog', LONG), 'utf8')).toBe('wuff');
    // Again, as another process does at the same time.
    await keepInCache(home, contents.sha256, { kind: 'folder', pieces: flow(bytes), where: 'store' });
  });

  it('takes the place of what an attempt that was killed long ago left behind', async () => {
    const folder = await writeFolder('a', 1);
    const left = ['old.part', 'new.part'].map((name) => join(home, 'data', name));
    for (const path of left) {
      await mkdir(path, { recursive: true });
      await writeFile(join(path, 'half'), 'x');
    }
    await utimes(left[0]!, 1, 1);
    const contents = (await contentsAt(folder))!;
    await keepInCache(home, contents.sha256, { kind: 'folder', pieces: piecesOf(contents), where: 'store' });
    expect((await readdir(join(home, 'data'))).toSorted()).toEqual([contents.sha256, 'new.part'].toSorted());
  });

  it('takes files behind links, and no folders behind links', async () => {
    const folder = await writeFolder('a', 2);
    await symlink(join(home, 'a', 'cat', '1.png'), join(folder, 'dog', '3.png'));
    expect((await listFolder(folder)).map(({ name }) => name)).toContain('dog/3.png');
    await symlink(folder, join(folder, 'again'));
    expect(await refusal(contentsAt(folder))).toBe(
      'E_DATA_READ ~/a: again is a link to a folder; put the folder itself there',
    );
  });
});

describe('an archive that is none of ours', () => {
  const archive = async () => {
    await mkdir(join(home, 'small'));
    await writeFile(join(home, 'small', 'name-to-change'), 'text');
    return bytesOf(archiveFolder(join(home, 'small'), await listFolder(join(home, 'small'))));
  };
  const named = (bytes: Buffer, name: string): Buffer => {
    bytes.fill(0, 0, 100);
    bytes.write(name, 0);
    return bytes;
  };
  const typed = (bytes: Buffer, type: string): Buffer => {
    bytes.write(type, 156);
    return bytes;
  };
  const cases: readonly (readonly [string, (bytes: Buffer) => Buffer, string])[] = [
    ['a way out', (bytes) => named(bytes, '../x'), 'E_ARCHIVE_PATH store: "../x" would lie outside of its folder'],
    ['an absolute path', (bytes) => named(bytes, '/x'), 'E_ARCHIVE_PATH store: "/x" would lie outside of its folder'],
    ['a backslash', (bytes) => named(bytes, 'a\\x'), 'E_ARCHIVE_PATH store: "a\\x" would lie outside of its folder'],
    ['a symbolic link', (bytes) => typed(bytes, '2'), 'E_ARCHIVE_PATH store: "name-to-change" is no plain file'],
    ['other bytes', () => Buffer.alloc(2000, 7), 'E_DATA_FORMAT store: these bytes are no archive of a folder'],
    [
      'an end that comes early',
      (b) => b.subarray(0, 700),
      'E_DATA_FORMAT store: the archive of the folder ends too early',
    ],
  ];
  it.each(cases)('is refused for %s, and nothing stays', async (_, change, message) => {
    const bytes = change(await archive());
    const kept = keepInCache(join(home, 'cache'), null, { kind: 'folder', pieces: flow(bytes), where: 'store' });
    expect(await refusal(kept)).toBe(`${message}; store the folder again with "sower data push DIR"`);
    expect(await listFolder(join(home, 'cache'))).toEqual([]);
  });
});
