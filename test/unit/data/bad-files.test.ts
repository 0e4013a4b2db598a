/** Every fault of files and texts, as a person brings them, and the sentence it is answered with. */
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { unpack } from '../../../agent/data/data-file.ts';
import type { WrittenData } from '../../../shared/sweep/train/data.ts';
import { type DataRig, type Files, openDataRig } from '../../support/refused-data.ts';
import { zipOf } from '../../support/zip-bytes.ts';

let rig: DataRig;
beforeEach(async () => {
  rig = await openDataRig();
});
afterEach(() => rig.close());
const said: DataRig['said'] = (asked, files) => rig.said(asked, files);

const MISSING =
  'put it beside the sweep file or into the folder of --data-dir (SOWER_DATA), or store it with "sower data push"';
const OTHER_FORM =
  'save a table as CSV, arrays as NPZ; where only the ending differs, say format: csv, tsv, npz or npy';

describe('a file is refused in one sentence', () => {
  it.each<readonly [string, WrittenData, Files, string]>([
    [
      'that is not there',
      { file: 't.csv' },
      {},
      `E_DATA_MISSING t.csv: there is no such file or folder in ~; ${MISSING}`,
    ],
    [
      'that is not there, below a file',
      { file: 'a/t.csv' },
      { a: '' },
      `E_DATA_MISSING a/t.csv: there is no such file or folder in ~; ${MISSING}`,
    ],
    [
      'of other contents than its hash says',
      { file: 't.csv', sha256: '0'.repeat(64) },
      { 't.csv': 'a,y\n1,0\n2,1\n' },
      'E_DATA_HASH ~/t.csv: SHA-256 is 2e3781e3c32f..., expected 000000000000...; bring the data back as it was, or submit the sweep again: other data makes it another sweep',
    ],
    [
      'that is a folder',
      { file: 'd.csv' },
      { 'd.csv/a.csv': 'a,y\n1,0\n' },
      'E_DATA_FORMAT ~/d.csv: this is a folder, expected a CSV file; name a file in it, or say format: images or npy of a folder of these',
    ],
    [
      'of an office program',
      { file: 'd.xlsx' },
      { 'd.xlsx': zipOf({ 'xl/workbook.xml': '<workbook/>' }) },
      `E_DATA_FORMAT ~/d.xlsx: .xlsx is no format that is read; ${OTHER_FORM}`,
    ],
    [
      'without an ending',
      { file: 'rows' },
      { rows: 'a,y\n1,0\n' },
      `E_DATA_FORMAT ~/rows: this is no zip archive of pictures; ${OTHER_FORM}`,
    ],
    [
      'that is packed only by name',
      { file: 't.csv.gz' },
      { 't.csv.gz': 'a,y\n1,0\n' },
      'E_DATA_FORMAT ~/t.csv.gz: not an intact gzip file: incorrect header check; replace it by an intact file',
    ],
  ])('%s', async (_, asked, files, message) => {
    expect(await said(asked, files)).toBe(message);
  });

  it('whose links lead in a circle, or to nothing', async () => {
    await symlink('t.csv', join(rig.folder, 't.csv'));
    expect(await said({ file: 't.csv' })).toBe(
      'E_DATA_READ ~/t.csv: its links lead in a circle; put the file itself there',
    );
    await symlink('nothing', join(rig.folder, 'u.csv'));
    expect(await said({ file: 'u.csv' })).toMatch(/^E_DATA_MISSING u\.csv: there is no such file/);
  });

  it('that never ends', async () => {
    execFileSync('mkfifo', [join(rig.folder, 'pipe.csv')]);
    expect(await said({ file: 'pipe.csv' })).toMatch(/^E_DATA_MISSING pipe\.csv: there is no such file/);
    expect(await said({ file: '/dev/zero', format: 'csv' })).toMatch(/^E_DATA_MISSING \/dev\/zero: there is no such/);
  });

  it('that may not be read', async () => {
    expect(await said({ file: '/proc/self/mem', format: 'csv' })).toBe(
      'E_DATA_READ /proc/self/mem: cannot read it (EIO); let the user of this process read it',
    );
  });

  it('that changed since it was looked at', async () => {
    const before = 'a,y\n1,0\n2,1\n';
    const sha256 = createHash('sha256').update(before).digest('hex');
    expect(await said({ file: 't.csv', sha256 }, { 't.csv': before })).toBe('accepted: 2 rows of 1');
    // As a trial asks for it that prepares its rows in another way.
    const another = { file: 't.csv', sha256, prepare: [{ drop_rows: { missing: true } }] };
    expect(await said(another, { 't.csv': 'a,y\n1,0\n3,1\n' })).toMatch(
      /^E_DATA_HASH ~\/t\.csv: SHA-256 is [0-9a-f]{12}\.\.\., expected 2e3781e3c32f\.\.\.; bring the data back as it was/,
    );
  });

  it('that would unpack to more than is read', async () => {
    const bomb = gzipSync(Buffer.alloc(100_000));
    await expect(unpack(bomb, 't.csv.gz', 1000)).rejects.toMatchObject({
      code: 'E_ARCHIVE_RATIO',
      message: `its ${bomb.length} bytes would become more than 1000, which is the most that is unpacked`,
    });
  });
});

const NUL = 'a NUL byte: this is UTF-16, or no text at all; save it as CSV in UTF-8';
const QUOTE = 'write the cell in double quotes, and a quote inside it as two';
const FEWER = 'cut the file into fewer columns, or save what is needed of it as NPZ';

describe('a text is refused in one sentence', () => {
  it.each<readonly [string, string | Uint8Array, string]>([
    [
      'UTF-16',
      Buffer.from('\ufeffa,y\n1,0\n', 'utf16le'),
      'E_DATA_FORMAT ~/t.csv: is UTF-16 text; save it as CSV in UTF-8',
    ],
    ['UTF-16 without its mark', Buffer.from('a,y\n1,0\n', 'utf16le'), `E_DATA_FORMAT ~/t.csv, byte 1: ${NUL}`],
    ['NUL bytes', 'a,y\n1,0\n\0,1\n', `E_DATA_FORMAT ~/t.csv, byte 8: ${NUL}`],
    [
      'a quote that stays open',
      'a,y\n1,0\n"2,1\n3,0\n',
      `E_DATA_FORMAT ~/t.csv:3: a double quote is opened in this row and never closed; ${QUOTE}`,
    ],
    ['a quote inside a cell', 'a,y\n1"2,0\n', `E_DATA_FORMAT ~/t.csv:2: a double quote stands inside a cell; ${QUOTE}`],
    [
      'a line of a million cells',
      `a,y\n${','.repeat(1e6)}\n`,
      `E_DATA_SIZE ~/t.csv:2: the row has more than 10000 cells, which is the most that is read; ${FEWER}`,
    ],
    [
      'a row of 17 MiB',
      `a,y\n1,0\n"${'x'.repeat(17 * 2 ** 20)}`,
      'E_DATA_SIZE ~/t.csv:3: the row is longer than 16 MiB; close the double quote that was opened in it, or take the row out',
    ],
    [
      'two columns of one name',
      'a,b,a,y\n1,2,3,0\n',
      'E_DATA_FORMAT ~/t.csv: columns 1 and 3 are both called "a"; give each column a name of its own, or add header: false where the first line is a row',
    ],
    [
      'one row',
      'a,y\n1,0\n',
      'E_DATA_LABEL ~/t.csv: the one row has "0" as y; give rows of at least two classes: there is nothing to tell apart',
    ],
    [
      'another delimiter than was said',
      'a\ty\n1\t0\n',
      'E_DATA_FORMAT ~/t.csv: the table has no column but a\ty; add columns to predict it from, or say in train.data which delimiter stands between cells',
    ],
    [
      'a web page',
      '<!DOCTYPE html>\n<title>Not found, sorry</title>\n',
      'E_DATA_ROW ~/t.csv:2: the row has 2 cells, expected 1; add or remove cells; a cell that holds the delimiter is written in double quotes',
    ],
    ['nothing but line ends', '\n\r\n\n', 'E_DATA_ROW ~/t.csv: the file is empty; put rows into it'],
  ])('%s', async (_, text, message) => {
    expect(await said({ file: 't.csv', delimiter: ',' }, { 't.csv': text })).toBe(message.replace('\t', ' '));
  });

  it('with a long or strange cell, of which a little is shown', async () => {
    const stray = `\u001b[2J${'x'.repeat(1e5)}`;
    expect(await said({ file: 't.csv' }, { 't.csv': `a,y\n1,0\n${stray},1\n2,1\n` })).toMatch(
      /a would be numbers but for 1 cell such as "\\u001b\[2Jx{20,40}\.\.\. in line 3;/,
    );
  });

  it('after rows whose lines end in several ways', async () => {
    expect(await said({ file: 't.csv' }, { 't.csv': 'a,y\r\n"1\r\n",0\n2,1\r\n\r\n3\n' })).toMatch(
      /^E_DATA_ROW ~\/t\.csv:6: the row has 1 cell, expected 2;/,
    );
  });
});

describe('a table is read', () => {
  it('with any names of columns', async () => {
    const table = 'my col,"a ""b""",é日本,__proto__,constructor,y\n1,2,3,4,5,0\n2,3,4,5,6,1\n';
    const columns = JSON.parse('{"__proto__": "number", "constructor": "ignore"}');
    expect(await said({ file: 't.csv', columns }, { 't.csv': table })).toBe('accepted: 2 rows of 4');
    const fixOf = async (file: string, text: string) =>
      / or "columns: (.*)" to leave out$/.exec(await said({ file }, { [file]: text }))?.[1];
    expect(await fixOf('u.csv', table.replace('\n1,', '\nx,'))).toBe('{my col: ignore}');
    expect(await fixOf('v.csv', table.replace('\n1,2', '\n1,x'))).toBe('{"a \\"b\\"": ignore}');
  });

  it('with ten thousand categories', async () => {
    const rows = Array.from({ length: 10_000 }, (_, i) => `w${i},${i % 2}`).join('\n');
    const prepare = [{ encode: { method: 'one_hot' as const } }];
    expect(await said({ file: 't.csv', prepare }, { 't.csv': `a,y\n${rows}` })).toBe('accepted: 10000 rows of 1');
  });

  it('with fewer rows of a class than neighbours that SMOTE looks at', async () => {
    const rows = Array.from({ length: 12 }, (_, i) => `${i},${i < 2 ? 1 : 0}`).join('\n');
    const prepare = [{ oversample: { method: 'smote' as const, neighbors: 5 } }];
    expect(await said({ file: 't.csv', prepare }, { 't.csv': `a,y\n${rows}` })).toBe('accepted: 20 rows of 1');
  });
});
