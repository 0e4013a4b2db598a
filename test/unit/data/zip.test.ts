import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type ArchiveLimits, readArchiveFile, withArchive } from '../../../agent/data/archive/zip.ts';
import { describeError, SowerError } from '../../../shared/kernel/errors.ts';
import { draw32 } from '../../../shared/kernel/random.ts';
import { type ZipEntry, zipBytes, zipOf } from '../../support/zip-bytes.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sower-zip-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

let count = 0;
async function contents(bytes: Uint8Array, limits?: ArchiveLimits): Promise<Record<string, string>> {
  const path = join(folder, `${count++}.zip`);
  await writeFile(path, bytes);
  return withArchive(
    path,
    async (files) => {
      const read = await Promise.all(files.map(async (file) => [file.name, String(await readArchiveFile(file))]));
      return Object.fromEntries(read);
    },
    limits,
  );
}

async function refusal(work: Promise<unknown>): Promise<string> {
  try {
    await work;
  } catch (error) {
    if (error instanceof SowerError) return describeError(error).replace(/\S*\/\d+\.zip/, 'a.zip');
    throw error;
  }
  return 'accepted';
}

const long = 'again and again, '.repeat(100);

describe('a zip archive', () => {
  it('gives its files, packed or stored, and leaves folders out', async () => {
    const zip = zipOf({ 'a/': '', 'a/packed': long, 'a/stored': 'short', none: '' });
    expect(await contents(zip)).toEqual({ 'a/packed': long, 'a/stored': 'short', none: '' });
  });

  const anew = 'do not use this archive; pack the files anew, without links and with names below one folder';
  const intact = 'replace it by an intact zip archive';
  const cases: readonly (readonly [what: string, entry: Partial<ZipEntry>, message: string])[] = [
    [
      'a name that climbs',
      { name: 'a/../../b' },
      `E_ARCHIVE_PATH a.zip: its entry "a/../../b" would leave the folder it is unpacked into; ${anew}`,
    ],
    [
      'an absolute name',
      { name: '/etc/passwd' },
      `E_ARCHIVE_PATH a.zip: its entry "/etc/passwd" would leave the folder it is unpacked into; ${anew}`,
    ],
    [
      'a drive',
      { name: 'C:\\b' },
      `E_ARCHIVE_PATH a.zip: its entry "C:/b" would leave the folder it is unpacked into; ${anew}`,
    ],
    [
      'a name that climbs by backslashes',
      { name: '..\\b' },
      `E_ARCHIVE_PATH a.zip: its entry "../b" would leave the folder it is unpacked into; ${anew}`,
    ],
    [
      'a symbolic link',
      { name: 'b', mode: 0o120777 },
      `E_ARCHIVE_PATH a.zip: its entry "b" is a symbolic link; ${anew}`,
    ],
    ['a name twice', { name: 'first' }, `E_DATA_FORMAT a.zip: it holds first twice; ${intact}`],
    [
      'another checksum',
      { name: 'b', checksum: 1 },
      `E_DATA_FORMAT a.zip: its file b is damaged (its checksum differs); ${intact}`,
    ],
    [
      'more bytes than it claims',
      { name: 'b', unpackedBytes: 10 },
      `E_DATA_FORMAT a.zip: its file b is damaged (it has more than 10 bytes); ${intact}`,
    ],
    [
      'fewer bytes than it claims',
      { name: 'b', unpackedBytes: 4000 },
      `E_DATA_FORMAT a.zip: its file b is damaged (it has fewer than 4000 bytes); ${intact}`,
    ],
  ];
  it.each(cases)('is refused with %s', async (_, entry, message) => {
    const zip = zipBytes([
      { name: 'first', bytes: 'short' },
      { name: 'b', bytes: long, ...entry },
    ]);
    expect(await refusal(contents(zip))).toBe(message);
  });

  it('is refused before anything is unpacked where it would become too large, or too many times as large', async () => {
    const zip = zipBytes([{ name: 'zeros', bytes: Buffer.alloc(70 * 2 ** 20) }]);
    const opened = contents(zip);
    expect(await refusal(opened)).toMatch(
      /^E_ARCHIVE_RATIO a\.zip: its 7\d{4} bytes would become 73400320 \(1\d{3} times as many\), at most 200 times are unpacked; unpack it yourself, if you trust it, and name the folder$/,
    );
    // A directory may claim anything; what it claims is enough.
    const claims = zipBytes([{ name: 'huge', bytes: long, unpackedBytes: 0xfffffff0 }]);
    expect(await refusal(contents(claims, { bytes: 2 ** 30, ratio: Number.POSITIVE_INFINITY }))).toMatch(
      /^E_ARCHIVE_RATIO .* would become 4294967280 .* at most 1073741824 bytes are unpacked/,
    );
  });

  it('is refused where it is none, cut short, or absent', async () => {
    const none =
      'E_DATA_FORMAT a.zip: this is no zip archive, or it was cut short; replace it by an intact zip archive';
    expect(await refusal(contents(Buffer.from('a text')))).toBe(none);
    expect(await refusal(contents(zipOf({ a: long }).subarray(0, -1)))).toBe(none);
    expect(await refusal(withArchive(join(folder, '99.zip'), async () => 1))).toBe(
      'E_DATA_READ a.zip: cannot read the file (ENOENT); let the user of the agent read it, or name another file',
    );
  });

  it('may be left before its files were read to their end', async () => {
    const path = join(folder, 'left.zip');
    const noise = Uint8Array.from({ length: 3_000_000 }, (_, i) => draw32(1, i));
    await writeFile(
      path,
      zipBytes([
        { name: 'packed', bytes: noise },
        { name: 'stored', bytes: noise, stored: true },
      ]),
    );
    const first = await withArchive(path, async (files) => {
      const lengths: number[] = [];
      for (const file of files) {
        for await (const part of await file.open()) {
          lengths.push((part as Buffer).length);
          break;
        }
      }
      return lengths;
    });
    expect(first.map((length) => length > 0 && length < 3_000_000)).toEqual([true, true]);
    const damaged = zipBytes([{ name: 'packed', bytes: noise }]);
    damaged.fill(0xff, 20_000, 21_000);
    expect(await refusal(contents(damaged))).toMatch(/^E_DATA_FORMAT a\.zip: its file packed is damaged/);
  });

  it('is refused where its files or its directory were flipped', async () => {
    const zip = zipOf({ a: long });
    const flipped = (at: number) => {
      const copy = Buffer.from(zip);
      copy[at]! ^= 0x40;
      return contents(copy);
    };
    expect(await refusal(flipped(40))).toContain('E_DATA_FORMAT a.zip: its file a is damaged');
    expect(await refusal(flipped(zip.indexOf('PK\x01\x02')))).toContain('its directory is damaged');
  });
});
