import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { bringDataFile, type DataStore } from '../../../../agent/data/sources/bring.ts';
import { contentsAt, piecesOf } from '../../../../agent/data/sources/contents.ts';
import { describeError, SowerError } from '../../../../shared/kernel/errors.ts';
import type { DataFile } from '../../../../shared/sweep/train/data-config.ts';

const ROWS = 'a,b,y\n1,2,yes\n3,4,no\n';
const FLIPPED = ROWS.replace('4', '5');
const hashOf = (text: string) => createHash('sha256').update(text).digest('hex');
const SHA = hashOf(ROWS);
const [RIGHT, WRONG] = [SHA, hashOf(FLIPPED)].map((hash) => `${hash.slice(0, 12)}...`);

let home: string;
let server: Server;
let origin: string;
let served: string | null;
let asked: number;
beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'sower-bring-'));
  served = null;
  asked = 0;
  server = createServer((_, response) => {
    asked++;
    if (served === null) response.writeHead(503).end();
    else response.end(served);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterEach(async () => {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
  await rm(home, { recursive: true, force: true });
});

const cached = (sha256 = SHA) => join(home, 'cache', 'data', sha256);

/** A store that gives these bytes for whatever hash it is asked for. */
function storeOf(text: string | null): DataStore & { taken: number } {
  const store = {
    taken: 0,
    find: async () => (text === null ? null : { kind: 'file', bytes: text.length }),
    async *pieces() {
      store.taken++;
      yield Buffer.from(text ?? '');
    },
  };
  return store;
}

interface Given {
  readonly store?: DataStore | null;
  readonly dataDir?: string;
}

const bring = (file: Partial<DataFile>, { store = storeOf(null), dataDir }: Given = {}, lines: string[] = []) =>
  bringDataFile(
    { format: 'csv', predict: 'classes', columns: {}, sha256: SHA, ...file },
    {
      places: { dataDir: dataDir ?? null, cacheDir: join(home, 'cache') },
      store,
      notify: (line) => lines.push(line.replaceAll(home, '~').replaceAll(origin, 'ORIGIN')),
      rules: { allowSelf: true },
    },
  );

async function refusal(work: Promise<unknown>): Promise<string> {
  try {
    await work;
  } catch (error) {
    if (error instanceof SowerError) {
      return describeError(error).replaceAll(home, '~').replaceAll(origin, 'ORIGIN');
    }
    throw error;
  }
  return 'accepted';
}

describe('a data file that an agent lacks', () => {
  it('is looked for in the cache, the data folder, at its address, in the object store, in this order', async () => {
    const store = storeOf(ROWS);
    served = ROWS;
    await mkdir(join(home, 'data'));
    await writeFile(join(home, 'data', 'rows.csv'), ROWS);
    const file = { path: 'rows.csv', url: `${origin}/rows.csv` };
    const inFolder = await bring(file, { store, dataDir: join(home, 'data') });
    expect([inFolder.path, asked, store.taken]).toEqual([join(home, 'data', 'rows.csv'), 0, 0]);
    expect([(await bring(file, { store })).path, asked, store.taken]).toEqual([cached(), 1, 0]);
    expect([(await bring(file, { store })).path, asked, store.taken]).toEqual([cached(), 1, 0]);
    await rm(cached());
    served = null;
    expect([(await bring(file, { store })).path, asked, store.taken]).toEqual([cached(), 2, 1]);
    expect(await readFile(cached(), 'utf8')).toBe(ROWS);
  });

  it('takes the place of a damaged copy in the cache', async () => {
    await bring({}, { store: storeOf(ROWS) });
    await writeFile(cached(), FLIPPED);
    const lines: string[] = [];
    expect((await bring({}, { store: storeOf(ROWS) }, lines)).sha256).toBe(SHA);
    expect(lines[0]).toBe(`~/cache/data/${SHA}: SHA-256 is ${WRONG}, expected ${RIGHT}: looking elsewhere`);
  });

  it('does not mind another file of its name in the data folder', async () => {
    await writeFile(join(home, 'rows.csv'), FLIPPED);
    const given = { dataDir: home, store: storeOf(ROWS) };
    expect((await bring({ path: 'rows.csv' }, given)).path).toBe(cached());
    await rm(cached());
    expect(await refusal(bring({ path: 'rows.csv' }, { dataDir: home }))).toBe(
      `E_DATA_HASH ~/rows.csv: SHA-256 is ${WRONG}, expected ${RIGHT}; bring the data back as it was, or submit the sweep again: other data makes it another sweep`,
    );
  });

  it('is refused with both hashes where a byte flipped, and nothing of it stays', async () => {
    const damaged = 'what is stored there was damaged or replaced: bring the right data there';
    expect(await refusal(bring({}, { store: storeOf(FLIPPED) }))).toBe(
      `E_DATA_HASH object store, data/${SHA.slice(0, 12)}: SHA-256 is ${WRONG}, expected ${RIGHT}; ${damaged}`,
    );
    served = FLIPPED;
    expect(await refusal(bring({ url: `${origin}/x` }))).toBe(
      `E_DATA_HASH ORIGIN/x: SHA-256 is ${WRONG}, expected ${RIGHT}; ${damaged}`,
    );
    expect(await readdir(join(home, 'cache', 'data'))).toEqual([]);
  });

  it('is missed in one sentence', async () => {
    expect(await refusal(bring({ path: 'rows.csv' }))).toBe(
      `E_DATA_MISSING rows.csv: no data with SHA-256 ${RIGHT} on this machine or in the object store; store it with "sower data push", or give the agent a folder that holds it with --data-dir`,
    );
    expect(await refusal(bring({ url: `${origin}/x` }))).toMatch(/^E_DATA_DOWNLOAD .*the server answers 503/);
  });

  it('is not taken on trust', async () => {
    await writeFile(join(home, 'rows.csv'), ROWS);
    const file = { path: 'rows.csv', format: 'csv', predict: 'classes', columns: {} } as const;
    const places = { dataDir: home, cacheDir: join(home, 'cache') };
    expect(await refusal(bringDataFile(file, { places, store: storeOf(ROWS), notify: () => undefined }))).toBe(
      'E_DATA_UNPINNED rows.csv: the sweep does not say which contents this file has; submit it with "sower run", which adds the SHA-256, or write sha256 beside it',
    );
  });

  it('may be a folder', async () => {
    for (const kind of ['cat', 'dog']) {
      await mkdir(join(home, 'animals', kind), { recursive: true });
      await writeFile(join(home, 'animals', kind, '1.png'), kind);
    }
    const contents = (await contentsAt(join(home, 'animals')))!;
    const store: DataStore = {
      find: async () => ({ kind: 'folder', bytes: contents.bytes }),
      pieces: () => piecesOf(contents),
    };
    const found = await bring({ path: 'animals', sha256: contents.sha256, format: 'images' }, { store });
    expect(found).toMatchObject({ kind: 'folder', path: cached(contents.sha256), format: 'images' });
    await writeFile(join(found.path, 'dog', '1.png'), 'dug');
    await bring({ path: 'animals', sha256: contents.sha256, format: 'images' }, { store });
    expect(await readFile(join(found.path, 'dog', '1.png'), 'utf8')).toBe('dog');
  });

  it('is taken by several at once without harm', async () => {
    const all = await Promise.all(Array.from({ length: 8 }, () => bring({}, { store: storeOf(ROWS) })));
    expect(new Set(all.map(({ path }) => path))).toEqual(new Set([cached()]));
    expect(await readdir(join(home, 'cache', 'data'))).toEqual([SHA]);
    expect(existsSync(cached())).toBe(true);
  });
});
