import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openHome, type SowerHome, smallSweep } from '../support/sower.ts';

/** Of a sweep that ran. */
describe('sower export', () => {
  let home: SowerHome;
  let sweep: string;
  beforeAll(async () => {
    home = openHome();
    const { code } = await home.run('run', home.write('small.yaml', smallSweep()));
    expect(code).toBe(0);
    const { stdout } = await home.run('best', '--json');
    sweep = JSON.parse(stdout).sweep;
  });
  afterAll(() => home.close());

  it('writes tables to stdout, which agree with each other', async () => {
    const csv = await home.run('export');
    const lines = csv.stdout.split('\r\n');
    expect([csv.code, lines.length]).toEqual([0, 1 + 8 + 1]);
    const jsonl = await home.run('export', '--format', 'jsonl');
    const trials = jsonl.stdout
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line));
    const column = lines[0]!.split(',').indexOf('metrics.val_loss');
    expect(trials.map(({ metrics }) => String(metrics.val_loss))).toEqual(
      lines.slice(1, 9).map((line) => line.split(',')[column]),
    );
    expect(trials[0].history).toHaveLength(2);
    expect((await home.run('export', '--json')).code).toBe(2);
  });

  it('writes folders, and over none', async () => {
    const first = await home.run('export', '--format', 'tensorboard');
    expect([first.code, first.stdout]).toEqual([
      0,
      expect.stringContaining(`exports/${sweep}/tensorboard  8 trials, 9 files`),
    ]);
    expect(first.stderr).toContain('tensorboard --logdir');
    expect(
      readdirSync(join(home.folder, 'exports', sweep, 'tensorboard'))
        .sort()
        .slice(0, 4),
    ).toEqual(['c0000', 'c0001', 'c0002', 'c0003']);
    const nowhere = await home.run('export', '--out', join(home.write('file', ''), 'trials.csv'));
    expect([nowhere.code, nowhere.stderr]).toEqual([7, expect.stringMatching(/^E_WRITE .*file\/trials\.csv: /m)]);
    const other = await home.run('export', '--format', 'mlflow');
    expect([other.code, other.stdout]).toEqual([0, expect.stringContaining(`exports/${sweep}/mlflow  8 trials`)]);
    const again = await home.run('export', '--format', 'mlflow');
    expect([again.code, again.stderr]).toEqual([9, expect.stringMatching(/^E_EXPORT_EXISTS .*--force\n$/m)]);
  });

  it('gives MLflow the files of each trial without a copy', async () => {
    const { code, stdout } = await home.run('export', '--format', 'mlflow', '-o', 'mlruns', '--json');
    const { path, trials } = JSON.parse(stdout);
    expect([code, trials]).toEqual([0, 8]);
    const [experiment] = readdirSync(path).filter((name) => /^\d+$/.test(name));
    const [run] = readdirSync(join(path, experiment!)).filter((name) => /^[0-9a-f]{32}$/.test(name));
    const place = join(path, experiment!, run!);
    const trial = readFileSync(join(place, 'tags', 'sower.trial'), 'utf8');
    const model = join(place, 'artifacts', 'model.onnx');
    expect(statSync(model).ino).toBe(statSync(join(home.home, 'models', sweep, trial, 'model.onnx')).ino);
  });
});
