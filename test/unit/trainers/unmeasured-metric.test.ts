/** A trial whose rules wait for a metric that its data cannot give is refused before it trains. */
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createTrainers, type Trainers } from '../../../agent/trainers/registry.ts';
import { npyBytes } from '../../support/npy-bytes.ts';
import { refusalOf } from '../../support/refusal.ts';
import { digitsSweep, firstTrial } from '../../support/trials.ts';
import { zipOf } from '../../support/zip-bytes.ts';

let home: string;
let trainers: Trainers;
beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), 'sower-unmeasured-'));
  trainers = createTrainers({ threads: 1, dataDir: home, cacheDir: join(home, 'cache') });
  // Nothing is known of an archive before it is opened: it may bring validation rows, and any number of classes.
  const x = npyBytes('|u1', [6, 1], Uint8Array.of(1, 2, 3, 4, 5, 6));
  const y = npyBytes('|u1', [6], Uint8Array.of(0, 1, 2, 0, 1, 2));
  await writeFile(join(home, 'three.npz'), zipOf({ 'x_train.npy': x, 'y_train.npy': y }));
});
afterAll(async () => {
  await trainers.close();
  await rm(home, { recursive: true, force: true });
});

function answer(metric: string, split: string, rules = ''): Promise<string> {
  const spec = digitsSweep({
    metric: `{name: ${metric}, goal: ${metric.endsWith('_accuracy') ? 'maximize' : 'minimize'}}`,
    parameters: '{lr: {value: 0.1}}',
    train: `{data: {file: three.npz, split: ${split}}, model: [{dense: {units: 3}}], loss: cross_entropy,
      batch_size: 4, epochs: 2, optimizer: {sgd: {lr: "\${lr}"}}${rules}}`,
  });
  const job = { sweep: 'three-0', spec, trial: firstTrial(spec), folder: join(home, 'trial') };
  return refusalOf(
    trainers.train(job, () => undefined, new AbortController().signal),
    home,
  );
}

describe('a metric that no epoch would measure', () => {
  const refused = (where: string, name: string, fix = 'name one of train_loss, ') =>
    `E_TRAIN_OBJECTIVE ${where}: no trial measures ${name}; ${fix}`;
  const split = '{validation: 3, stratified: true}';
  const aside = 'set rows aside with train.data.split: {validation: 0.2}';

  it.each<readonly [string, () => Promise<string>, string]>([
    ['needs rows for validation', () => answer('val_loss', '{}'), refused('metric.name', 'val_loss', aside)],
    ['needs rows for testing', () => answer('test_loss', split), refused('metric.name', 'test_loss')],
    ['needs more classes', () => answer('val_top5_accuracy', split), refused('metric.name', 'val_top5_accuracy')],
    [
      'would end the trial',
      () => answer('val_loss', split, ', early_stopping: {metric: val_top4_accuracy, patience: 1}'),
      refused('train.early_stopping.metric', 'val_top4_accuracy'),
    ],
    [
      'would choose the weights',
      () => answer('val_loss', split, ', best_weights: val_top4_accuracy'),
      refused('train.best_weights', 'val_top4_accuracy'),
    ],
    [
      'would lower the rate',
      () => answer('val_loss', split, ', schedule: {reduce_on_plateau: {metric: val_top4_accuracy, patience: 1}}'),
      refused('train.schedule.reduce_on_plateau.metric', 'val_top4_accuracy'),
    ],
  ])('refuses a trial where it %s', async (_, ask, expected) => {
    const said = await ask();
    expect(said.slice(0, expected.length)).toBe(expected);
    await expect(readdir(join(home, 'trial'))).rejects.toThrow('ENOENT');
  });

  it('is answered with those that are measured', async () => {
    const measured = (await answer('test_loss', split)).split('name one of ')[1]!.split(', ');
    expect(measured).toEqual(expect.arrayContaining(['train_loss', 'val_accuracy', 'val_f1_macro']));
    expect(measured.filter((name) => !/^(train|val)_/.test(name))).toEqual([]);
  });
});
