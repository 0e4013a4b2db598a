import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { locateDataFile } from '../../../agent/data/sources/locate.ts';
import { loadSweep } from '../../../cli/running/load-sweep.ts';
import { type PinnedSweep, type PinOptions, pinData } from '../../../cli/running/pin-data.ts';
import { noteData, stockData } from '../../../cli/running/stock-data.ts';
import { refusalOf } from '../../support/refusal.ts';

let home: string;
beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'sower-pin-'));
});
afterEach(() => rm(home, { recursive: true, force: true }));

const ROWS = 'a,b,y\n1,2,yes\n3,4,no\n';
const hashOf = (text: string) => createHash('sha256').update(text).digest('hex');

const sweepText = (data: string) => `name: own
method: grid
metric: {name: train_loss, goal: minimize}
parameters: {lr: {values: [0.1, 0.2]}}
train:
  data: ${data}
  model: [{dense: {units: 2}}]
  loss: cross_entropy
  optimizer: {sgd: {lr: "\${lr}"}}
  batch_size: 8
  epochs: 1
`;

async function pin(data: string, dataDir: string | null = null, more: Partial<PinOptions> = {}): Promise<PinnedSweep> {
  const file = join(home, 'own.yaml');
  await writeFile(file, sweepText(data));
  return pinData(await loadSweep(file), {
    file,
    dataDir,
    cacheDir: join(home, 'cache'),
    notify: () => undefined,
    ...more,
  });
}

const refusal = (work: Promise<unknown>) => refusalOf(work, home);

/** A shelf that holds what it was given, as the object store does (test/contract/bus). */
function shelf(...names: readonly string[]) {
  const held = new Map<string, string>(names.map((name) => [name, '']));
  return {
    held,
    find: async (name: string) => {
      const title = held.get(name);
      return title === undefined ? null : { name, title, kind: 'file', bytes: 1, at: 0 };
    },
    putPieces: async ({ name, title }: { name: string; title: string }, open: () => AsyncIterable<Uint8Array>) => {
      const hash = createHash('sha256');
      for await (const piece of open()) hash.update(piece);
      held.set(hash.digest('hex'), title);
      return name === '' ? ('exists' as const) : ('stored' as const);
    },
  };
}

describe('the data of a submitted sweep', () => {
  it('is the file beside the sweep file, by its hash; the file of the person stays as it is', async () => {
    await writeFile(join(home, 'rows.csv'), ROWS);
    const plain = await pin('{file: rows.csv, target: y}');
    expect(plain.data).toMatchObject([{ sha256: hashOf(ROWS), title: 'rows.csv', local: { kind: 'file' } }]);
    expect(plain.valid.spec.train).toMatchObject({ data: { sha256: hashOf(ROWS) } });
    expect(await readFile(join(home, 'own.yaml'), 'utf8')).toBe(plain.source);
    const written = await pin(`{file: rows.csv, target: y, sha256: ${hashOf(ROWS)}}`);
    expect(written.valid.id).toBe(plain.valid.id);
    await writeFile(join(home, 'rows.csv'), ROWS.replace('4', '5'));
    expect((await pin('{file: rows.csv, target: y}')).valid.id).not.toBe(plain.valid.id);
  });

  it('is else the file in the data folder', async () => {
    await mkdir(join(home, 'data'));
    await writeFile(join(home, 'data', 'rows.csv'), ROWS);
    expect((await pin('{file: rows.csv}', join(home, 'data'))).data[0]?.local?.path).toBe(join(home, 'data/rows.csv'));
  });

  it('may be a folder', async () => {
    for (const kind of ['cat', 'dog']) {
      await mkdir(join(home, 'animals', kind), { recursive: true });
      await writeFile(join(home, 'animals', kind, '1.png'), kind);
    }
    const { data } = await pin('{file: animals, size: [8, 8], channels: 1}');
    expect(data[0]?.local).toMatchObject({ kind: 'folder', path: join(home, 'animals') });
  });

  it('is refused where it has another hash than the one written, naming both', async () => {
    await writeFile(join(home, 'rows.csv'), ROWS);
    expect(await refusal(pin(`{file: rows.csv, sha256: ${'ab'.repeat(32)}}`))).toBe(
      `E_DATA_HASH ~/rows.csv: SHA-256 is ${hashOf(ROWS).slice(0, 12)}..., expected abababababab...; bring the right data there, or change or remove sha256`,
    );
  });

  it('is refused where it is missing and has no hash', async () => {
    expect(await refusal(pin('{file: rows.csv}', join(home, 'data')))).toBe(
      'E_DATA_MISSING ~/rows.csv, ~/data/rows.csv: there is no such file or folder; put it there, name its folder with --data-dir or SOWER_DATA, or write the sha256 of what is stored',
    );
  });

  it('comes from its address, which is told how to be pinned, and from the cache without a network', async () => {
    const server = createServer((_, response) => response.setHeader('etag', '"1"').end(ROWS));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/rows.csv`;
    const lines: string[] = [];
    const more = { notify: (line: string) => void lines.push(line), fetchRules: { allowSelf: true } };
    const first = await pin(`{url: "${url}", target: y}`, null, more);
    const hint = `write sha256: ${hashOf(ROWS)} beside url: ${url} to pin it`;
    expect(lines).toEqual([`downloading ${url} (21 B)`, hint]);
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
    lines.length = 0;
    expect((await pin(`{url: "${url}", target: y}`, null, more)).valid.id).toBe(first.valid.id);
    expect(lines).toEqual([expect.stringMatching(/ is used, out of the cache$/), hint]);
    lines.length = 0;
    const written = await pin(`{url: "${url}", target: y, sha256: ${hashOf(ROWS)}}`, null, more);
    expect([written.valid.id, lines]).toEqual([first.valid.id, []]);
  });

  it('is not fetched from the machine itself', async () => {
    expect(await refusal(pin('{url: "http://127.0.0.1:9/rows.csv"}'))).toMatch(/^E_DATA_URL http:\/\/127\.0\.0\.1:9/);
  });
});

describe('where agents find it', () => {
  it('is the place of the file for those of this home, which is not copied', async () => {
    await writeFile(join(home, 'rows.csv'), ROWS);
    const { data } = await pin('{file: rows.csv}');
    await noteData(data, shelf(), join(home, 'cache'));
    const file = { path: 'rows.csv', sha256: hashOf(ROWS), format: 'csv', predict: 'classes', columns: {} } as const;
    const places = { dataDir: null, cacheDir: join(home, 'cache') };
    expect((await locateDataFile(file, places)).path).toBe(join(home, 'rows.csv'));
    expect(existsSync(join(home, 'cache', 'data', hashOf(ROWS)))).toBe(false);
    const changed = ROWS.replace('no', 'on');
    await writeFile(join(home, 'rows.csv'), changed);
    expect(await refusal(locateDataFile(file, places))).toBe(
      `E_DATA_HASH ~/rows.csv: SHA-256 is ${hashOf(changed).slice(0, 12)}..., expected ${hashOf(ROWS).slice(0, 12)}...; bring the data back as it was, or submit the sweep again: other data makes it another sweep`,
    );
  });

  it('is the object store for all others, once', async () => {
    await writeFile(join(home, 'rows.csv'), ROWS);
    const { data } = await pin('{file: rows.csv}');
    const store = shelf();
    const lines: string[] = [];
    for (let times = 0; times < 2; times++) await stockData(data, store, (line) => lines.push(line));
    expect([...store.held]).toEqual([[hashOf(ROWS), 'rows.csv']]);
    expect(lines).toEqual(['storing rows.csv (21 B) on the server']);
  });

  it('must be somewhere', async () => {
    const sha256 = hashOf('nobody has it');
    const { data } = await pin(`{file: gone.csv, sha256: ${sha256}}`);
    const words = `E_DATA_MISSING gone.csv: it is neither here nor in the object store (SHA-256 ${sha256.slice(0, 12)}...); put the file beside the sweep file, or store it with "sower data push"`;
    const quiet = () => undefined;
    expect(await refusal(stockData(data, shelf(), quiet))).toBe(words);
    expect(await refusal(noteData(data, shelf(), join(home, 'cache')))).toBe(words);
    expect(await refusal(stockData(data, shelf(sha256), quiet))).toBe('accepted');
    expect(await refusal(noteData(data, shelf(sha256), join(home, 'cache')))).toBe('accepted');
  });
});
