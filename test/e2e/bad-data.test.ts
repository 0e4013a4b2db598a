/** Bad data as it is met at the command line: every code that is found before a trial, with its sentence and its exit code. */
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { npyBytes } from '../support/npy-bytes.ts';
import { openHome, type SowerHome } from '../support/sower.ts';
import { zipBytes, zipOf } from '../support/zip-bytes.ts';

let home: SowerHome;
beforeAll(() => {
  home = openHome({ SOWER_DATA: '' });
  home.write('t.csv', 'a,s,y\n1,m,0\n2,f,1\n,m,0\n4,f,0\n');
  home.write('ragged.csv', 'a,y\n1,0\n2\n');
  home.write('one.csv', 'a,y\n1,no\n2,no\n');
  home.write('e.csv', '');
  home.write('wide.csv', `${','.repeat(10_000)}\n`);
  const put = (name: string, bytes: Uint8Array) => writeFileSync(join(home.folder, name), bytes);
  put('pickle.npy', npyBytes('|O', [2, 2], Buffer.from('\x80\x04cos\nsystem\n')));
  put('climbs.zip', zipOf({ '../a/1.png': 'x' }));
  put('bomb.zip', zipBytes([{ name: 'a/1.png', bytes: 'x'.repeat(1000), unpackedBytes: 0xf0000000 }]));
  symlinkSync('loop.csv', join(home.folder, 'loop.csv'));
  mkdirSync(join(home.folder, 'empty'));
});
afterAll(() => home.close());

const sweep = (data: string) => `name: t
method: grid
metric: {name: train_loss}
parameters: {lr: {values: [0.1]}}
train:
  data: ${data}
  model: [{dense: {units: 2}}]
  loss: cross_entropy
  optimizer: {sgd: {lr: "\${lr}"}}
  batch_size: 2
  epochs: 1
`;

const ONES = 'f'.repeat(64);
const LINES = 'add or remove cells; a cell that holds the delimiter is written in double quotes';
const ANEW = 'do not use this archive; pack the files anew, without links and with names below one folder';
const OWN = 'give the address where the file itself lies, or store the file with "sower data push"';
const ENCODED = 'encode: {method: one_hot}';

type Refused = readonly [code: string, data: string, message: string, exit?: number];

/** Of data in a sweep file, as `sower run` says it; `~` is the folder. */
const sweeps: readonly Refused[] = [
  [
    'E_DATA_MISSING',
    '{file: none.csv}',
    '~/none.csv: there is no such file or folder; put it there, name its folder with --data-dir or SOWER_DATA, or write the sha256 of what is stored',
    4,
  ],
  [
    'E_DATA_HASH',
    `{file: ragged.csv, sha256: ${ONES}}`,
    '~/ragged.csv: SHA-256 is 91d011927507..., expected ffffffffffff...; bring the right data there, or change or remove sha256',
  ],
  ['E_DATA_READ', '{file: loop.csv}', '~/loop.csv: its links lead in a circle; put the file itself there'],
  [
    'E_DATA_FORMAT',
    '{file: pickle.npy}',
    "~/pickle.npy, byte 10: its values are of type |O (Python objects), expected u1 to u8, i1 to i8, f4, f8 or b1; convert it with .astype('float32') or another of these, and write it again",
  ],
  [
    'E_DATA_SIZE',
    '{file: wide.csv}',
    '~/wide.csv:1: the row has more than 10000 cells, which is the most that is read; cut the file into fewer columns, or save what is needed of it as NPZ',
  ],
  ['E_DATA_ROW', '{file: ragged.csv}', `~/ragged.csv:3: the row has 1 cell, expected 2; ${LINES}`],
  [
    'E_DATA_LABEL',
    '{file: one.csv}',
    '~/one.csv: all 2 rows have "no" as y; give rows of at least two classes: there is nothing to tell apart',
  ],
  [
    'E_DATA_COLUMN',
    '{file: t.csv, columns: {nosuch: number}}',
    'train.data.columns: the table has no column "nosuch"; its columns: a, s, y',
  ],
  [
    'E_DATA_ENCODE',
    '{file: t.csv}',
    `train.data.prepare: column s holds categories, and a model takes numbers only; add "- ${ENCODED}", or "columns: {s: ignore}" to leave out`,
  ],
  [
    'E_DATA_MISSING_CELLS',
    `{file: t.csv, prepare: [{${ENCODED}}]}`,
    'train.data.prepare: cells are missing in column a (1); add "- impute: {strategy: median}", or "- drop_rows: {missing: true}"',
  ],
  [
    'E_DATA_SPLIT',
    '{file: t.csv, split: {train: 3, validation: 3}}',
    'train.data.split: the split asks for 6 rows (train 3 + validation 3), t has 4 training rows; ask for fewer rows, or for shares such as 0.8',
  ],
  [
    'E_DATA_CLASSES',
    '{file: t.csv, classes: [0, 7]}',
    'train.data.classes: t has no class 7; list classes that the data has',
  ],
  [
    'E_DATA_URL',
    '{url: "file:///etc/passwd"}',
    `file:///etc/passwd: only http and https addresses are fetched; ${OWN}`,
  ],
  [
    'E_ARCHIVE_PATH',
    '{file: climbs.zip}',
    `~/climbs.zip: its entry "../a/1.png" would leave the folder it is unpacked into; ${ANEW}`,
  ],
  [
    'E_ARCHIVE_RATIO',
    '{file: bomb.zip}',
    '~/bomb.zip: its N bytes would become 4026531840 (N times as many), at most 200 times are unpacked; unpack it yourself, if you trust it, and name the folder',
  ],
];

describe('bad data ends sower run with one sentence', () => {
  it.each(sweeps.map(([code, data, message, exit = 3]) => ({ code, data, message, exit })))(
    '$code of $data',
    async ({ code, data, message, exit }) => {
      home.write('s.yaml', sweep(data));
      const { code: actual, stdout, stderr } = await home.run('run', 's.yaml');
      const said = stderr
        .replaceAll(home.folder, '~')
        .replace(/its \d+ bytes/, 'its N bytes')
        .replace(/\d+ times as/, 'N times as');
      expect(said).toBe(`${code} ${message}\n`);
      expect([actual, stdout]).toEqual([exit, '']);
    },
  );

  it('and is a fault of the file for sower validate', async () => {
    home.write('s.yaml', sweep('{file: ragged.csv}'));
    const where = `${home.folder}/ragged.csv:3`;
    const { code, stdout, stderr } = await home.run('validate', 's.yaml', '--json');
    const errors = [{ code: 'E_DATA_ROW', where, message: 'the row has 1 cell, expected 2', fix: LINES }];
    expect([code, JSON.parse(stdout), stderr]).toEqual([3, { ok: false, errors }, '']);
    home.write('s.yaml', sweep('{file: none.csv}'));
    expect(await home.run('validate', 's.yaml')).toMatchObject({ code: 3, stdout: '' });
  });
});

describe('bad data is neither shown nor stored', () => {
  const none = 'there is no such file or folder; check the path';
  it.each<readonly [number, string, readonly string[]]>([
    [4, `E_DATA_MISSING none.csv: ${none}`, ['push', 'none.csv']],
    [3, 'E_DATA_FORMAT e.csv: it is empty; name a file or folder that holds data', ['push', 'e.csv']],
    [3, 'E_DATA_FORMAT empty: it is empty; name a file or folder that holds data', ['push', 'empty']],
    [3, 'E_DATA_READ ~/loop.csv: its links lead in a circle; put the file itself there', ['push', 'loop.csv']],
    [3, 'E_DATA_ROW ~/e.csv: the file is empty; put rows into it', ['show', 'e.csv']],
    [3, `E_DATA_ROW ~/ragged.csv:3: the row has 1 cell, expected 2; ${LINES}`, ['show', 'ragged.csv']],
  ])('%i: %s', async (exit, message, args) => {
    const { code, stdout, stderr } = await home.run('data', ...args);
    expect([code, stdout, stderr.replaceAll(home.folder, '~')]).toEqual([exit, '', `${message}\n`]);
  });

  it('where a cell would redraw the terminal', async () => {
    home.write('codes.csv', 'a,y\n1,0\n\u001b[2J,0\n3,1\n4,1\n');
    const { code, stdout } = await home.run('data', 'show', 'codes.csv');
    expect(code).toBe(0);
    expect(stdout).toContain('"\\u001b[2J" in line 3 the first');
    expect(stdout).not.toContain('\u001b');
  });
});
