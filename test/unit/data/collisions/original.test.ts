import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openCollisions } from '../../../../agent/data/collisions/collisions.ts';
import { openOriginalCollisions } from '../../../../agent/data/collisions/original.ts';
import { withSeverity } from '../../../../agent/data/collisions/with-severity.ts';
import type { KnownPlaces } from '../../../../agent/data/known/official-file.ts';
import { openKnown } from '../../../../agent/data/known/open-known.ts';
import { prepareData } from '../../../../agent/data/prepare/prepare.ts';
import { splitData } from '../../../../agent/data/split.ts';
import { parseText } from '../../../../agent/data/table/text-table.ts';
import type { PrepareStep } from '../../../../shared/sweep/train/data-config.ts';
import { refusalOf } from '../../../support/refusal.ts';

const HEADER =
  'DR Number,Date Reported,Date Occurred,Time Occurred,Area ID,Area Name,Reporting District,Crime Code,Crime Code Description,MO Codes,Victim Age,Victim Sex,Victim Descent,Premise Code,Premise Description,Address,Cross Street,Location';

/** A report as the city writes it; of `codes` only some are about severity. */
const report = (i: number, codes: string, age = String(20 + i)) =>
  `1903197${String(i).padStart(2, '0')},08/24/2019,08/24/2019,0${i % 10}30,03,Southwest,0356,997,TRAFFIC COLLISION,${codes},${age},${i % 2 ? 'M' : 'F'},H,101,STREET,JEFFERSON BL ,NORMANDIE AV,"(34.0255, -118.3002)"`;

const REPORTS = [
  report(0, '3036 3004 3026 3101 4003'),
  report(1, '3037 3006 3028 3030 3039 3101 4003'),
  report(2, '0605 3101'),
  report(3, '3004 3024 3028', ''),
  report(4, ''),
  report(5, '3028'),
  report(6, '3004 3036 3027 4003', '99'),
  report(7, '3003 3025'),
];
const tableOf = (lines: readonly string[]) => `${[HEADER, ...lines].join('\n')}\n`;

let home: string;
beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'sower-collisions-'));
});
afterEach(() => rm(home, { recursive: true, force: true }));

const lines: string[] = [];
const placesOf = (more: Partial<KnownPlaces> = {}): KnownPlaces => {
  lines.length = 0;
  const own = { dataDir: join(home, 'data'), cacheDir: join(home, 'cache') };
  return { ...own, notify: (line) => void lines.push(line), fetchRules: { allowSelf: true }, ...more };
};

async function give(name: string, contents: string | Uint8Array): Promise<void> {
  await mkdir(join(home, 'data', 'collisions'), { recursive: true });
  await writeFile(join(home, 'data', 'collisions', name), contents);
}

const open = (prepare: readonly PrepareStep[] = [], url = 'http://127.0.0.1:9/', more: Partial<KnownPlaces> = {}) =>
  openOriginalCollisions('collisions', prepare, placesOf(more), url);

const refusal = (work: Promise<unknown>) => refusalOf(work, home);

describe('the published collisions in a data folder', () => {
  it('have their severity as classes and the columns of the generated table, rows without one left out', async () => {
    await give('Traffic_Collision_Data.csv', tableOf(REPORTS));
    const { train, classes, columns } = await openKnown({ name: 'collisions', prepare: [] }, placesOf());
    expect(classes).toEqual(['injury', 'none', 'severe']);
    expect([...train.labels]).toEqual([0, 1, 2, 1, 2, 0]);
    const generated = openCollisions('collisions_generated', []).columns!;
    expect(columns!.map(({ name }) => name)).toEqual(generated.map(({ name }) => name));
    const codes = columns!.find(({ name }) => name === 'MO Codes')!;
    expect(codes).toMatchObject({ categories: ['3003', '3004', '3004 3036', '3006 3030 3037'] });
  });

  it('are read packed, too, and again where they changed', async () => {
    await give('a.csv', tableOf(REPORTS));
    const { hash } = await open();
    await rm(join(home, 'data', 'collisions', 'a.csv'));
    await give('a.csv.gz', gzipSync(tableOf(REPORTS)));
    expect((await open()).hash).toBe(hash);
    await give('a.csv.gz', gzipSync(tableOf(REPORTS.slice(0, 4))));
    expect((await open()).train.rows).toBe(3);
  });

  it('take the steps of the study', async () => {
    await give('a.csv', tableOf([...REPORTS, ...REPORTS, ...REPORTS, ...REPORTS]));
    const prepare: readonly PrepareStep[] = [
      { type: 'coerce', columns: ['Victim Age'], values: [0, 99] },
      { type: 'impute', strategy: 'median' },
      { type: 'impute', strategy: 'mode' },
      { type: 'standardize' },
      { type: 'encode', method: 'one_hot' },
      { type: 'oversample', method: 'smote', neighbors: 2 },
    ];
    const split = { train: 0.7, validation: 0.15, test: 0.15, stratified: true };
    const config = { name: 'collisions', file: null, split, scale: 'unit', prepare } as const;
    const { data } = await prepareData(splitData(await open(prepare), split), config);
    const counts = [0, 1, 2].map((label) => data.train.labels.filter((other: number) => other === label).length);
    expect(new Set(counts).size).toBe(1);
  });

  it('are refused where a column is missing, no code tells of severity, or there are two', async () => {
    await give('a.csv', tableOf(REPORTS).replace('MO Codes', 'mocodes'));
    expect(await refusal(open())).toBe(
      'E_DATA_COLUMN ~/data/collisions/a.csv: the table has no column "MO Codes"; put the CSV of "Traffic Collision Data from 2010 to Present" there, as the city exports it with its header',
    );
    await give('a.csv', tableOf([report(0, '3004'), report(1, '')]));
    expect(await refusal(open())).toBe(
      'E_DATA_LABEL ~/data/collisions/a.csv: no row has an MO code of severity (3024 to 3028); put the CSV there that the city exports, with its MO codes as they are',
    );
    await give('b.csv', '');
    expect(await refusal(open())).toBe(
      'E_DATA_FORMAT ~/data/collisions: there are 2 tables: a.csv, b.csv; leave one of them there',
    );
  });

  it('are drawn where they are many, the same ones each time, in their order', () => {
    const kept = Array.from({ length: 90 }, (_, i) => report(i % 100, i % 3 === 0 ? '' : `${3004 + (i % 5)} 3028`));
    const drawn = () => withSeverity(parseText(Buffer.from(tableOf(kept)), 'all.csv'), 25);
    const table = drawn();
    expect(table.rows).toBe(25);
    expect([...table.lines]).toEqual([...table.lines].toSorted((a, b) => a - b));
    expect(Math.min(...table.lines)).toBeLessThan(25);
    expect(Math.max(...table.lines)).toBeGreaterThan(65);
    expect(drawn()).toEqual(table);
  });
});

describe('the published collisions elsewhere', () => {
  let server: Server;
  let url: string;
  let asked: number;
  let contents: string;
  beforeEach(async () => {
    [asked, contents] = [0, tableOf(REPORTS)];
    server = createServer((_, response) => {
      asked++;
      response.setHeader('etag', `"${asked}"`).end(contents);
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/rows.csv`;
  });
  const close = () => {
    server.closeAllConnections();
    return new Promise((resolve) => server.close(resolve));
  };
  afterEach(close);

  it('are downloaded once, and come from the cache then, whatever the city publishes', async () => {
    const { hash } = await open([], url);
    expect(lines[0]).toMatch(/^downloading http/);
    contents = tableOf(REPORTS.slice(3));
    expect((await open([], url)).hash).toBe(hash);
    expect([asked, lines]).toEqual([1, []]);
    await rm(join(home, 'cache'), { recursive: true });
    expect((await open([], url)).hash).not.toBe(hash);
  });

  it('are not asked for where the data folder has them', async () => {
    await give('a.csv', tableOf(REPORTS));
    await open([], url);
    expect(asked).toBe(0);
  });

  it('are refused with what to do where nothing answers', async () => {
    await close();
    expect(await refusal(open([], url))).toMatch(
      /^E_DATA_DOWNLOAD .*; put the exported CSV into DIR\/collisions of --data-dir DIR \(SOWER_DATA\), connect this machine to the network, or use collisions_generated$/,
    );
    expect(existsSync(join(home, 'cache', 'addresses'))).toBe(false);
  });
});
