import { describe, expect, it } from 'vitest';
import { csvCell, csvLines } from '../../../../cli/exporting/csv.ts';
import { jsonLines } from '../../../../cli/exporting/jsonl.ts';
import { smallSource } from './export-source.ts';

/** RFC 4180, read independently of how it is written. */
function parseCsv(text: string): readonly (readonly string[])[] {
  const rows: string[][] = [[]];
  for (const [, quoted, plain = '', end] of text.matchAll(/(?:"((?:[^"]|"")*)"|([^",\r\n]*))(,|\r\n|$)/g)) {
    rows.at(-1)!.push(quoted === undefined ? plain : quoted.replaceAll('""', '"'));
    if (end === '\r\n') rows.push([]);
    if (end === '') break;
  }
  return rows;
}

describe('an exported table', () => {
  it('has a row for every trial that ended', () => {
    const [header, first, second, ...rest] = parseCsv([...csvLines(smallSource())].join('\r\n'));
    expect(rest).toEqual([]);
    const cells = (row: readonly string[] | undefined) => Object.fromEntries(header!.map((name, i) => [name, row![i]]));
    expect(header!.slice(0, 7)).toEqual([
      'sweep',
      'trial',
      'configuration',
      'seed',
      'params.lr',
      'params.momentum',
      'state',
    ]);
    expect([header, first, second].map((row) => row!.length)).toEqual(Array(3).fill(header!.length));
    expect(cells(first)).toMatchObject({
      trial: 't000000',
      'params.lr': '0.05',
      'params.momentum': '0',
      'metrics.val_loss': '0.25',
      'metrics.test_accuracy': '0.9',
      best_epoch: '1',
      ended_at: '2026-01-31T12:00:04.000Z',
    });
    expect(cells(second)).toMatchObject({
      state: 'diverged',
      reason: '\'=HYPERLINK("x"), or so',
      'metrics.val_loss': '',
      'metrics.test_accuracy': '',
      model_sha256: '',
    });
  });

  it.each([
    [-0.5, '-0.5'],
    [true, 'true'],
    [null, ''],
    ['relu', 'relu'],
    ['-1+cmd', "'-1+cmd"],
    ['@sum', "'@sum"],
    ['a,b', '"a,b"'],
    ['say "hi"\nnow', '"say ""hi""\nnow"'],
    [[64, 32], '"[64,32]"'],
  ])('writes %j as %s', (value, cell) => {
    expect(csvCell(value)).toBe(cell);
  });

  it('has all that is stored of a trial on one line of JSON', () => {
    const source = smallSource();
    const [first, second] = [...jsonLines(source)].map((line) => JSON.parse(line));
    expect(first).toMatchObject({
      sweep: source.sweep,
      sweep_hash: source.hash,
      params: { lr: 0.05, momentum: 0 },
      history: [
        { epoch: 1, val_loss: 0.25 },
        { epoch: 2, val_loss: 0.5 },
      ],
      provenance: source.trials[0]!.record.provenance,
    });
    expect(second).toMatchObject({ state: 'diverged', metrics: { val_loss: null }, model: null });
  });
});
